"""Where sessions are kept: Django's own store, with the person and the times in columns.

A row that was deleted stays so: what a request still in flight holds of it is not written again.
"""

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from observability.accounts.models import LiveSession
from observability.accounts.session import DEVICE, SEEN_AT, SIGNED_IN_AT


class SessionStore(DatabaseStore):
    """Django's sessions in the database, in our table."""

    @classmethod
    def get_model_class(cls) -> type[LiveSession]:
        """Return the table."""
        return LiveSession

    def create_model_instance(self, data: dict[str, Any]) -> LiveSession:
        """Return the row of this session, its columns filled from its data."""
        row = LiveSession(
            session_key=self._get_or_create_session_key(),  # type: ignore[attr-defined]
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            started_at=_moment(data.get(SIGNED_IN_AT)),
            seen_at=_moment(data.get(SEEN_AT)),
            device=data.get(DEVICE, ""),
        )
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        return row


def _moment(timestamp: float | None) -> datetime | None:
    return None if timestamp is None else datetime.fromtimestamp(timestamp, UTC)
