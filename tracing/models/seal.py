"""How far the identifiers have come under the newest sealing key."""

from django.db import models


class SealWalk(models.Model):
    """One walk over all identifiers, in the order of their tokens, to the sealing key `key_id`."""

    key_id = models.CharField(max_length=20, primary_key=True)
    position = models.UUIDField()  # everything up to here is done
    resealed = models.BigIntegerField(default=0)
    unopened = models.BigIntegerField(default=0)  # in the last walk: their key is gone, or they are damaged
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "seal_walk"

    def __str__(self) -> str:
        return f"to {self.key_id}"
