"""Classes and sizes as people read them."""

from integrations.catalogue import retention

UNITS = ("B", "kB", "MB", "GB", "TB")


def volume(size: int | None) -> str:
    """Return bytes in three figures at most, in thousands."""
    if size is None:
        return "—"
    value, unit = float(size), 0
    while value >= 1_000 and unit < len(UNITS) - 1:
        value, unit = value / 1_000, unit + 1
    places = 0 if unit == 0 or value >= 100 else 1
    return f"{value:.{places}f} {UNITS[unit]}"


def title_of(data_class: str) -> str:
    """Return a class in words."""
    policy = retention.policies().get(data_class)
    return policy.title if policy else "Everything"
