"""Work that goes on by itself, and what it has to remember between two times."""

from django.db import models

UNMAPPED = "unmapped.counted"  # marks when codes that nobody has mapped were last counted
NUMBERED = "numbers.followed"  # marks when numbers of the reference data were last looked at


class FollowUp(models.Model):
    """One such piece of work."""

    name = models.CharField(max_length=40, primary_key=True)
    free_at = models.DateTimeField(null=True)  # it does not begin before
    mark = models.DateTimeField(null=True)  # it has come so far; null: it is at its beginning

    class Meta:
        db_table = "follow_up"

    def __str__(self) -> str:
        return self.name
