"""The dated hierarchy that figures roll up through."""

from datetime import date

from django.db import models
from django.db.models import F, Q

from integrations.models.facility import Facility

BEGINNING = date(1900, 1, 1)  # since ever: earlier than anything that is followed


class PlaceKind(models.TextChoices):
    """What a place is. A ledger entity is none: those are reference entities, in a tree of their own."""

    NETWORK = "network", "network"
    REGION = "region", "region"
    FACILITY = "facility", "facility"
    DEPARTMENT = "department", "department"


# Whose codes are unique: a department's is so only where it belongs, which the verbs see to.
ROLLED_UP = (PlaceKind.NETWORK, PlaceKind.REGION, PlaceKind.FACILITY)


class Place(models.Model):
    """One place. That of a facility is made and renamed with its facility, by a trigger."""

    kind = models.CharField(max_length=20, choices=PlaceKind.choices)
    code = models.CharField(max_length=80)
    name = models.CharField(max_length=120)
    facility = models.OneToOneField(Facility, null=True, blank=True, on_delete=models.PROTECT)
    valid_from = models.DateField(default=BEGINNING)
    valid_to = models.DateField(null=True, blank=True)  # the last day; null: it is still there
    owner = models.CharField(max_length=120, default="", db_default="")  # who decides what it is
    steward = models.CharField(max_length=120, default="", db_default="")  # who keeps it right

    class Meta:
        db_table = "place"
        constraints = [
            models.UniqueConstraint("code", condition=Q(kind__in=ROLLED_UP), name="place_code_once"),
            models.CheckConstraint(
                condition=Q(kind=PlaceKind.FACILITY, facility__isnull=False)
                | (~Q(kind=PlaceKind.FACILITY) & Q(facility__isnull=True)),
                name="place_facility_has_its_facility",
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="place_days_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.code}"


class PlaceName(models.Model):
    """What a place was called until it was renamed; its name now stands in the place itself."""

    place = models.ForeignKey(Place, on_delete=models.CASCADE, related_name="former_names")
    name = models.CharField(max_length=120)
    valid_to = models.DateField()  # the last day of this name

    class Meta:
        db_table = "place_name"
        constraints = [
            models.UniqueConstraint("place", "valid_to", name="place_name_ends_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.name} until {self.valid_to}"


class PlaceNameAhead(models.Model):
    """What a place will be called from a day to come; on that day it becomes the name of the place itself."""

    place = models.ForeignKey(Place, on_delete=models.CASCADE, related_name="names_ahead")
    name = models.CharField(max_length=120)
    valid_from = models.DateField()  # the first day of this name
    reason = models.CharField(max_length=300)

    class Meta:
        db_table = "place_name_ahead"
        constraints = [
            models.UniqueConstraint("place", "valid_from", name="place_name_begins_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.name} from {self.valid_from}"


class PlaceEdge(models.Model):
    """A place belongs to another for some days; to one at a time (exclusion constraint)."""

    child = models.ForeignKey(Place, on_delete=models.CASCADE, related_name="upward")
    parent = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="downward")
    valid_from = models.DateField(default=BEGINNING)
    valid_to = models.DateField(null=True, blank=True)  # the last day; null: it still does

    class Meta:
        db_table = "place_edge"
        constraints = [
            models.CheckConstraint(condition=~Q(child=F("parent")), name="place_edge_not_itself"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="place_edge_days_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id} in {self.parent_id} from {self.valid_from}"


class PlaceReach(models.Model):
    """A facility lies within a place for some days: what queries join. Derived from the edges.

    A facility lies within its own place for good. Departments reach none.
    """

    place = models.ForeignKey(Place, on_delete=models.CASCADE, related_name="reach")
    facility = models.ForeignKey(Facility, on_delete=models.CASCADE, related_name="+")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)  # the last day; null: it still does

    class Meta:
        db_table = "place_reach"
        constraints = [
            models.UniqueConstraint("place", "facility", "valid_from", name="place_reach_once"),
        ]

    def __str__(self) -> str:
        return f"{self.facility_id} within {self.place_id} from {self.valid_from}"
