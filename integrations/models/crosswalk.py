"""What the codes of other authorities mean here, on which days, and what was believed about it when."""

from django.db import models
from django.db.models import F, Q

from integrations.models.facility import Facility
from integrations.models.place import BEGINNING, Place
from integrations.models.reference import ReferenceEntity
from observability.accounts.models import User


class LocalCode(models.Model):
    """One code of one authority.

    A facility's codes are issued by a register or system (npi, tin, the sender of a message). Those of all
    else are issued by a facility, whose own code is the authority (`*` is every facility), or by a register
    that a contract names.
    """

    kind = models.CharField(max_length=20)  # see catalogue/code_kinds.py
    authority = models.CharField(max_length=40)  # a register's or system's in small letters
    code = models.CharField(max_length=120)
    owner = models.CharField(max_length=120, default="")  # the team or person who answers for it

    class Meta:
        db_table = "local_code"
        constraints = [
            models.UniqueConstraint("kind", "authority", "code", name="local_code_once"),
        ]

    def __str__(self) -> str:
        return f"{self.authority}:{self.code}"


class CodeMeaning(models.Model):
    """What a code means from the first day to the last, both included. Never changed, only superseded.

    Without any target the code is not ours: known, and meant for nobody here. One meaning a day is
    believed at a time (exclusion constraint); `superseded_at` says until when this one was.
    """

    code = models.ForeignKey(LocalCode, on_delete=models.CASCADE, related_name="meanings")
    facility = models.ForeignKey(Facility, null=True, on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey(Place, null=True, on_delete=models.PROTECT, related_name="+")
    # The column is older than the crosswalk of other kinds than payers.
    entity = models.ForeignKey(
        ReferenceEntity, null=True, on_delete=models.PROTECT, related_name="+", db_column="payer_id"
    )
    valid_from = models.DateField(default=BEGINNING)
    valid_to = models.DateField(null=True)  # the last day; null: it still holds
    reason = models.CharField(max_length=300)
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    superseded_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "code_meaning"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="code_meaning_days_in_order",
            ),
            models.CheckConstraint(
                condition=Q(facility=None, department=None)
                | Q(department=None, entity=None)
                | Q(facility=None, entity=None),
                name="code_meaning_is_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code_id} from {self.valid_from}"
