"""Put on record who looked at what: one row for a page in a while, however often it is fetched anew.

Nothing can be taken back of a look, so its row is committed before the answer leaves, in a transaction of its
own: pages wait for each other no longer than one row takes. Without the row there is no page.
"""

import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from observability.accounts import audit
from observability.accounts.models import Look, User
from observability.core import keyring

# Answers a row where this look is on record no more: the lock on its key lets one of two requests through.
AGAIN = """
INSERT INTO look (key, at) VALUES (%(key)s, %(at)s)
    ON CONFLICT (key) DO UPDATE SET at = excluded.at WHERE look.at <= %(before)s
RETURNING key
"""


def note_look(
    act: audit.Act,
    *,
    user: User | None,
    object_type: str,
    at: datetime,
    object_id: object = "",
    asked: str = "",
    reason: str = "",
    outcome: str = "done",
    changes: object = None,
    mentions: Callable[[], Iterable[UUID]] = tuple,
    facility_ids: Iterable[int] = (),
) -> None:
    """Leave a row of a look, unless the same person has one of the same page in AUDIT_LOOK_SECONDS.

    `asked` tells apart what the object alone does not, such as filters; it is kept only as a keyed digest:
    an address may hold whatever somebody typed, and what is short is guessed from a plain one.
    `mentions` is called where a row is written. Raises audit.NotOnRecord.
    """
    with transaction.atomic():
        if not _is_new([str(act), user.pk if user else None, object_type, str(object_id), asked], at):
            return
        audit.record(
            act,
            user=user,
            object_type=object_type,
            object_id=object_id,
            at=at,
            reason=reason,
            outcome=outcome,
            changes=changes,
            mentions=mentions(),
            facility_ids=facility_ids,
        )


def note_denied(
    *, user: User, view: str, named: Mapping[str, object], at: datetime, seen_as: User | None = None
) -> None:
    """Leave a row of somebody who asked for what is not theirs, or not there: which of these is not said.

    `named` is what the address names. Ids of ours are kept of it; a word may be anything that was typed.
    `seen_as` is whom they saw the product as.
    """
    ids = {name: id for name, id in named.items() if isinstance(id, int | UUID)}
    also = {"seen_as": seen_as.pk} if seen_as else {}
    note_look(
        audit.Act.DENIED,
        user=user,
        object_type="page",
        object_id=view,
        at=at,
        asked=json.dumps({name: str(value) for name, value in {**named, **also}.items()}, sort_keys=True),
        outcome="refused",
        changes={name: str(id) for name, id in {**ids, **also}.items()} or None,
        mentions=lambda: [id for id in ids.values() if isinstance(id, UUID)],
    )


def forget_looks(at: datetime) -> int:
    """Remove what bounds nothing any more; the audit rows stay. Return how many."""
    return Look.objects.filter(at__lt=_before(at)).delete()[0]


def _is_new(said: list[object], at: datetime) -> bool:
    key = UUID(bytes=hmac.digest(keyring.veil_key(), json.dumps(said).encode(), "sha256")[:16])
    try:
        with connection.cursor() as cursor:
            cursor.execute(AGAIN, {"key": key, "at": at, "before": _before(at)})
            return cursor.fetchone() is not None
    except DatabaseError as exc:
        raise audit.NotOnRecord("a look cannot be put on record") from exc


def _before(at: datetime) -> datetime:
    return at - timedelta(seconds=settings.AUDIT_LOOK_SECONDS)
