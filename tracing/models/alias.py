"""What merges and moves of keys say: which name has another from now on, and what was undone."""

from django.db import models


class KeyAlias(models.Model):
    """One name that has another, as one event said: the token of a key, or the id of a transaction it names.

    What a name stands for is never stored: it is computed from all of these (tracing/rules/aliases.py).
    """

    pk = models.CompositePrimaryKey("event_id", "old")
    event_id = models.UUIDField()
    old = models.UUIDField()
    new = models.UUIDField()
    within = models.UUIDField(null=True)  # it holds only for events that carry this key
    kind = models.CharField(max_length=40)
    workflow = models.CharField(max_length=60, null=True)  # whose transactions these are; null: tokens
    facility_id = models.IntegerField()
    type = models.CharField(max_length=80)
    occurred_at = models.DateTimeField()
    sequence = models.IntegerField()
    received_at = models.DateTimeField()
    connector_id = models.BigIntegerField()

    class Meta:
        db_table = "key_alias"
        indexes = [
            models.Index("old", name="key_alias_old"),
            models.Index("new", name="key_alias_new"),
            models.Index("within", name="key_alias_within", condition=models.Q(within__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.event_id}"


class KeyAliasUndone(models.Model):
    """An event that takes back what another one said about keys."""

    event_id = models.UUIDField(primary_key=True)
    undoes = models.UUIDField()
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    connector_id = models.BigIntegerField()

    class Meta:
        db_table = "key_alias_undone"
        indexes = [models.Index("undoes", name="key_alias_undoes")]

    def __str__(self) -> str:
        return str(self.undoes)
