"""People whom an organisation's own sign-in knows, and what its groups give them here."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from observability.accounts.models.grant import usual_classes
from observability.accounts.models.user import User


class OutsideIdentity(models.Model):
    """Who a subject of an issuer is here. The pair is the only name that the provider promises to keep."""

    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="outside")
    groups = ArrayField(models.CharField(max_length=200), default=list)  # as of the last sign-in
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        db_table = "outside_identity"
        constraints = [models.UniqueConstraint("issuer", "subject", name="outside_identity_once")]

    def __str__(self) -> str:
        return f"identity of {self.user_id}"


class GroupRule(models.Model):
    """One thing that a group gives: a role, at a facility, in a place or everywhere, as in a grant."""

    group = models.CharField(max_length=200)
    role = models.CharField(max_length=20)
    facility_id = models.IntegerField(null=True)  # null without a place: every facility
    place_id = models.BigIntegerField(null=True)
    domain = models.CharField(max_length=20, null=True)
    classes = ArrayField(models.CharField(max_length=20), default=usual_classes)

    class Meta:
        db_table = "group_rule"

    def __str__(self) -> str:
        return f"{self.group}: {self.role}"
