"""What is declared to exist: systems, the interfaces between them, and how each came to be as it is."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from observability.accounts.models import User


def _words() -> "ArrayField[list[str], list[str]]":
    return ArrayField(models.CharField(max_length=500), default=list)


class Entry(models.Model):
    """What systems and interfaces have in common. Empty text is "nobody said"."""

    code = models.SlugField(max_length=60, unique=True)  # as telemetry names it
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    facility_ids = ArrayField(models.IntegerField(), default=list)  # empty: every facility
    domains = _words()
    owner = models.CharField(max_length=120, default="")  # a team or a person
    owner_contact = models.CharField(max_length=200, default="")
    owner_user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    backup = models.CharField(max_length=120, default="")
    backup_contact = models.CharField(max_length=200, default="")
    backup_user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    criticality = models.CharField(max_length=40, default="")
    data_classes = _words()
    runbook = models.CharField(max_length=500, default="")
    runbook_date = models.DateField(null=True)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    notes = models.CharField(max_length=1_000, default="")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.code


class System(Entry):
    """A platform, a partner or a part of the middleware."""

    role = models.CharField(max_length=40, default="")
    hosting = models.CharField(max_length=40, default="")
    vendor = models.CharField(max_length=120, default="")
    service_level = models.CharField(max_length=200, default="")
    primary_for = _words()  # domain, or domain@facility
    links = _words()  # label=https://…{key}…

    class Meta:
        db_table = "register_system"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(starts_on=None) | Q(ends_on__gte=F("starts_on")),
                name="register_system_ends_after_it_starts",
            )
        ]


class Interface(Entry):
    """One flow from a system to another."""

    source = models.ForeignKey(
        System, on_delete=models.PROTECT, to_field="code", db_column="source", related_name="+"
    )
    target = models.ForeignKey(
        System, on_delete=models.PROTECT, to_field="code", db_column="target", related_name="+"
    )
    api_layer = models.CharField(max_length=40, default="")
    message_kind = models.CharField(max_length=120, default="")
    transport = models.CharField(max_length=120, default="")
    schedule = models.CharField(max_length=120, default="")
    zone = models.CharField(max_length=60, default="")
    latency_seconds = models.IntegerField(null=True)
    failure_impact = models.CharField(max_length=500, default="")
    disposition = models.CharField(max_length=40, default="")
    disposition_reason = models.CharField(max_length=500, default="")
    approver = models.CharField(max_length=120, default="")
    temporary_until = models.DateField(null=True)
    consumers = _words()  # name@calls a minute
    predecessor = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        to_field="code",
        db_column="predecessor",
        related_name="+",
    )

    class Meta:
        db_table = "register_interface"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(starts_on=None) | Q(ends_on__gte=F("starts_on")),
                name="register_interface_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(disposition="") | Q(disposition="retain") | ~Q(disposition_reason=""),
                name="register_interface_disposition_has_reason",
            ),
        ]


class RegisterPlan(models.Model):
    """What an import would do, kept until it is applied as it was shown."""

    id = models.UUIDField(primary_key=True)
    about = models.CharField(max_length=20, default="register", db_default="register")  # or reference
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=120)
    changes = models.JSONField()
    refusals = models.JSONField()
    unchanged = models.IntegerField()
    applied_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "register_plan"

    def __str__(self) -> str:
        return self.file_name


class RegisterChange(models.Model):
    """One field of one entry, or of a reference entity on some days, became something else; only added."""

    at = models.DateTimeField()
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    sort = models.CharField(max_length=40)  # system, interface, or a kind of reference entity
    code = models.CharField(max_length=80)
    field = models.CharField(max_length=40)
    old = models.TextField()
    new = models.TextField()
    valid_from = models.DateField(null=True)  # the days that it is about; systems have none
    valid_to = models.DateField(null=True)

    class Meta:
        db_table = "register_change"
        indexes = [models.Index("sort", "code", "at", name="register_change_of_entry")]

    def __str__(self) -> str:
        return f"{self.code} {self.field}"
