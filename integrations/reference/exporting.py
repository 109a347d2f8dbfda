"""Reference data as rows of a file that the import takes again without a change."""

from integrations.reference.storing import everything
from integrations.reference.timelines import Values


def exported(kind: str = "") -> dict[tuple[str, str, str], Values]:
    """Return a row for each stretch of days of each entity, of one kind or of all."""
    return {
        (name, code, stretch.first.isoformat()): {
            "code": code,
            "valid_from": stretch.first.isoformat(),
            "valid_to": stretch.last.isoformat() if stretch.last else "",
            **stretch.value,
        }
        for (name, code), timeline in everything().items()
        if kind in ("", name)
        for stretch in timeline
    }
