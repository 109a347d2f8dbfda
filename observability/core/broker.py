"""The broker: where it is, and whether it answers. Losing it loses no work."""

from urllib.parse import parse_qs, urlsplit

import redis
from django.conf import settings

PING_SECONDS = 1.0


def celery_address(redis_url: str) -> str:
    """Return `redis_url` as Celery spells it: a unix socket has another scheme there."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    number = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.path}?virtual_host={number}"


def answers(timeout_seconds: float = PING_SECONDS) -> bool:
    """Say whether the broker answers in time; a frozen one does not, and is not waited for any longer."""
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        retry=None,
    )
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
