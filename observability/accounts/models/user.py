"""Who signs in, and which role they hold where."""

from django.contrib.auth.models import AbstractUser
from django.db import models

from observability.accounts.roles import Role


class User(AbstractUser):
    """A person who signs in."""

    class Meta:
        db_table = "user"

    def __str__(self) -> str:
        return self.username


class Grant(models.Model):
    """One role of one person at one facility, or at all of them."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=[(role.value, role.value) for role in Role])
    facility_id = models.IntegerField(null=True, blank=True)  # null: every facility, also later ones

    class Meta:
        db_table = "grant"
        constraints = [
            models.UniqueConstraint("user", "role", "facility_id", name="grant_once", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        where = "everywhere" if self.facility_id is None else f"facility {self.facility_id}"
        return f"{self.role} {where}"
