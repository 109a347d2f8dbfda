"""Reference entities: what is known of payers, plans, suppliers and their kin, day by day."""

from django.db import models
from django.db.models import F, Q

from integrations.models.place import BEGINNING
from observability.accounts.models import User


class ReferenceEntity(models.Model):
    """One canonical thing. Its id stays; what is said of it stands in its versions."""

    kind = models.CharField(max_length=40)  # declared in catalogue/data/reference.yaml
    code = models.CharField(max_length=80)  # as canonical records name it

    class Meta:
        db_table = "reference_entity"
        constraints = [
            models.UniqueConstraint("kind", "code", name="reference_entity_code_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.code}"


class ReferenceVersion(models.Model):
    """What holds of an entity on some days; one version a day at most (exclusion constraint).

    The entity exists on the days that have a version. Empty text is "nobody said".
    """

    entity = models.ForeignKey(ReferenceEntity, on_delete=models.CASCADE, related_name="versions")
    valid_from = models.DateField(default=BEGINNING)
    valid_to = models.DateField(null=True)  # the last day; null: it still holds
    name = models.CharField(max_length=120)
    parent = models.ForeignKey(
        ReferenceEntity, null=True, on_delete=models.PROTECT, related_name="children"
    )  # of the kind that the declaration of its own kind names
    owner = models.CharField(max_length=120, default="")  # a team or a person who decides
    owner_user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    steward = models.CharField(max_length=120, default="")  # who keeps it right day by day
    values = models.JSONField(default=dict)  # field of the kind -> text in its canonical form

    class Meta:
        db_table = "reference_version"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="reference_version_days_in_order",
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=F("entity")), name="reference_version_not_in_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entity_id} from {self.valid_from}"
