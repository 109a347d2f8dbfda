"""Who signs in."""

from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """A person who signs in."""

    class Meta:
        db_table = "user"

    def __str__(self) -> str:
        return self.username
