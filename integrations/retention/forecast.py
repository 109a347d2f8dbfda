"""Pure: how large a class of data will be."""

AHEAD_DAYS = (30, 90, 365)


def size_in(days: int, *, size: int, per_day: float, age_days: float, kept_days: int) -> int:
    """Return the bytes of a class in `days` days.

    What is there now (`size` bytes, the oldest `age_days` old) came in evenly and goes when it is `kept_days`
    old; what comes goes on coming at `per_day` bytes. Files do not shrink: purged room is used again.
    """
    stays = 1.0 if age_days <= 0 else min(1.0, max(0.0, kept_days - days) / age_days)
    if age_days <= 0 and days >= kept_days:
        stays = 0.0
    return round(size * stays + per_day * min(days, kept_days))
