"""What each token and transaction id was before the id key was replaced."""

from django.db import models


class EarlierName(models.Model):
    """A token or transaction id under an id key of earlier, and the one that took its place.

    Audit rows are never rewritten: who looks for an identifier in them looks for its earlier tokens too.
    """

    old = models.UUIDField(primary_key=True)
    new = models.UUIDField()
    rekeyed_at = models.DateTimeField()

    class Meta:
        db_table = "earlier_name"
        indexes = [models.Index("new", name="earlier_name_new")]

    def __str__(self) -> str:
        return f"{self.old} is {self.new}"
