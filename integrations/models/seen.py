"""What traffic names: systems and interfaces, declared or not, and what people decided about them."""

from django.db import models
from django.db.models import Q

from observability.accounts.models import User


class Mention(models.Model):
    """What they all say: who named which system or interface, and for which facility if that was said."""

    connector_id = models.BigIntegerField()
    facility_id = models.IntegerField(null=True)  # technical spans name none
    sort = models.CharField(max_length=10)  # system, interface
    code = models.CharField(max_length=60)  # as the register would write it

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.sort} {self.code}"


class Sighting(Mention):
    """What one pass of a drain met in one hour; a follow-up adds it up, so that drains never share a row."""

    hour = models.DateTimeField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    n = models.IntegerField()

    class Meta:
        db_table = "register_sighting"


class SeenName(Mention):
    """How often a connector named a system or interface at a facility, and when; by time of arrival."""

    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    n = models.BigIntegerField()

    class Meta:
        db_table = "register_seen"
        constraints = [
            models.UniqueConstraint(
                fields=["sort", "code", "connector_id", "facility_id"],
                nulls_distinct=False,
                name="register_seen_once",
            )
        ]


class SeenHour(Mention):
    """The same by hour, for a little more than a week."""

    hour = models.DateTimeField()
    n = models.BigIntegerField()

    class Meta:
        db_table = "register_seen_hour"
        constraints = [
            models.UniqueConstraint(
                fields=["sort", "code", "connector_id", "facility_id", "hour"],
                nulls_distinct=False,
                name="register_seen_hour_once",
            )
        ]
        indexes = [models.Index("hour", name="register_seen_hour_old")]


class Dismissal(models.Model):
    """Somebody decided that what is seen is not to be declared; only ended, never deleted."""

    sort = models.CharField(max_length=10)
    code = models.CharField(max_length=60)
    reason = models.CharField(max_length=300)
    at = models.DateTimeField()
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "register_dismissal"
        constraints = [
            models.UniqueConstraint(
                fields=["sort", "code"], condition=Q(undone_at=None), name="register_dismissal_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.sort} {self.code}"
