"""Take the words of one audit row away, as where somebody typed a patient's name for a reason: on record.

The row stays, and so does the chain: it covers a hash of the words, not the words.
"""

from datetime import datetime

from django.db import transaction

from integrations.retention.ours import audit_row_is_held
from observability.accounts import audit
from observability.accounts.models import AuditRow
from observability.core import db_roles


class NoWords(Exception):
    """There is no such row, or it says nothing in words any more."""


class Held(Exception):
    """A legal hold keeps this row."""


def erase_words(seq: int, *, reason: str, at: datetime) -> None:
    """Erase reason and changes of one row for good. Raises audit.ReasonTooShort, NoWords and Held."""
    why = audit.reason_of(reason)
    with transaction.atomic():
        row = AuditRow.objects.filter(seq=seq).first()
        if row is None or (row.reason == "" and row.changes is None):
            raise NoWords
        if audit_row_is_held(seq):
            raise Held
        # First the row that says so: the database lets no words go without it.
        audit.record(
            audit.Act.WORDS_ERASED,
            user=None,
            object_type="audit_row",
            object_id=seq,
            at=at,
            reason=why,
            facility_ids=row.facility_ids,
        )
        with db_roles.purging():
            AuditRow.objects.filter(seq=seq).update(reason="", changes=None)
