"""Where care happens, and the names other systems have for it."""

from django.db import models


class FacilityKind(models.TextChoices):
    """What a facility is. A virtual one has no building: nothing may assume beds or doors."""

    HOSPITAL = "hospital", "hospital"
    CLINIC = "clinic", "clinic"
    VIRTUAL = "virtual", "virtual"


class Facility(models.Model):
    """One hospital, clinic or virtual service; the wall that people's sight ends at."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=FacilityKind.choices, default=FacilityKind.HOSPITAL)
    zone = models.CharField(max_length=60, default="UTC")  # IANA name; days and clocks of its pages

    class Meta:
        db_table = "facility"
        verbose_name_plural = "facilities"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=FacilityKind.values), name="facility_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FacilityAlias(models.Model):
    """A code for a facility as releases before the dated crosswalk wrote it.

    It is read where the crosswalk says nothing about the code, so that both releases may run at once.
    """

    authority = models.CharField(max_length=40)
    code = models.CharField(max_length=80)
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="aliases")

    class Meta:
        db_table = "facility_alias"
        constraints = [
            models.UniqueConstraint("authority", "code", name="facility_alias_names_one_facility"),
        ]

    def __str__(self) -> str:
        return f"{self.authority}:{self.code}"
