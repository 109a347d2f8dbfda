"""Which role somebody holds, where, for which part of the business, and until when."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinLengthValidator
from django.db import models

from observability.accounts.models.user import User
from observability.accounts.roles import USUAL_CLASSES, Domain, PrivacyClass, Role

BY_PLACE = 0  # as the facility of a grant by place: whoever reads only that column sees nothing


def usual_classes() -> list[str]:
    """Return the classes that a grant holds where nothing else is said."""
    return sorted(USUAL_CLASSES)


class Grant(models.Model):
    """One role of one person: at a facility, in a place or everywhere; in a domain or all; for some classes.

    A place of the hierarchy gives what lies under it on the day (`queries.held`), so nothing is copied here.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=[(role.value, role.value) for role in Role])
    facility_id = models.IntegerField(null=True, blank=True)  # null: every facility, also later ones
    place_id = models.BigIntegerField(null=True, blank=True)  # then facility_id is BY_PLACE
    domain = models.CharField(  # null: every domain
        max_length=20, null=True, blank=True, choices=[(each.value, each.value) for each in Domain]
    )
    classes = ArrayField(
        models.CharField(max_length=20, choices=[(each.value, each.value) for each in PrivacyClass]),
        default=usual_classes,
    )
    valid_from = models.DateField(null=True, blank=True)  # null: since it was given
    valid_to = models.DateField(null=True, blank=True)  # the last day; null: until it is ended
    granted_at = models.DateTimeField(null=True, blank=True)
    granted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300, default="", blank=True)
    source = models.CharField(max_length=220, default="", db_default="", blank=True)  # empty: by hand
    last_used_on = models.DateField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "grant"
        indexes = [models.Index("user", condition=models.Q(ended_at=None), name="grant_standing")]
        constraints = [
            # Spelt out: what compares with null is neither true nor false, and passes.
            models.CheckConstraint(
                condition=models.Q(place_id__isnull=True, facility_id__isnull=True)
                | models.Q(place_id__isnull=True, facility_id__isnull=False, facility_id__gt=BY_PLACE)
                | models.Q(place_id__isnull=False, facility_id__isnull=False, facility_id=BY_PLACE),
                name="grant_names_one_kind_of_place",
            ),
        ]

    def __str__(self) -> str:
        where = f"facility {self.facility_id}" if self.place_id is None else f"place {self.place_id}"
        where = "everywhere" if self.facility_id is None else where
        return f"{self.role} {where}"


class SensitiveDepartment(models.Model):
    """A department whose name alone can disclose: substance use, behavioural health."""

    facility_id = models.IntegerField()
    code = models.CharField(max_length=80)  # as transactions carry it

    class Meta:
        db_table = "sensitive_department"
        constraints = [models.UniqueConstraint("facility_id", "code", name="sensitive_department_once")]

    def __str__(self) -> str:
        return f"{self.code} of facility {self.facility_id}"


class OpenedGlass(models.Model):
    """A facility, and perhaps a privacy class, that somebody opened beyond their grant, for a while."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="opened")
    facility_id = models.IntegerField()
    sensitive = models.BooleanField(default=False)
    reason = models.CharField(max_length=300, validators=[MinLengthValidator(10)])
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)  # the alarm, by somebody else
    acknowledged_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        db_table = "opened_glass"
        indexes = [models.Index("user", "expires_at", name="opened_glass_open")]

    def __str__(self) -> str:
        return f"opened until {self.expires_at:%H:%M}"
