"""Which identifiers name which transaction."""

from django.db import models


class TransactionKey(models.Model):
    """An identifier, as its token, of a transaction. `direct`: from an event that named the instance."""

    pk = models.CompositePrimaryKey("token", "transaction_id")
    token = models.UUIDField()
    transaction_id = models.UUIDField()
    workflow = models.CharField(max_length=60)
    kind = models.CharField(max_length=40)
    linking = models.BooleanField()
    direct = models.BooleanField()
    former = models.BooleanField(db_default=False)  # by a merge or move it has another number now

    class Meta:
        db_table = "transaction_key"
        indexes = [models.Index("transaction_id", name="transaction_key_of")]

    def __str__(self) -> str:
        return self.kind


class TransactionTrace(models.Model):
    """A trace that carried events of a transaction, and when, so that span look-ups are bound in time."""

    pk = models.CompositePrimaryKey("trace_id", "transaction_id")
    trace_id = models.UUIDField()
    transaction_id = models.UUIDField()
    workflow = models.CharField(max_length=60)
    direct = models.BooleanField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        db_table = "transaction_trace"
        indexes = [models.Index("transaction_id", name="transaction_trace_of")]

    def __str__(self) -> str:
        return str(self.trace_id)


class Identifier(models.Model):
    """What may be shown again of an identifier: its last characters, and its sealed clear form."""

    token = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=40)
    issuer = models.TextField()
    last = models.CharField(max_length=4)
    sealed = models.BinaryField()
    key_id = models.CharField(max_length=20)

    class Meta:
        db_table = "identifier"

    def __str__(self) -> str:
        return f"{self.kind} …{self.last}"


class KeyIssuer(models.Model):
    """An authority that has numbered a kind of key: search tries each in the user's scope."""

    kind = models.CharField(max_length=40)
    issuer = models.TextField()
    facility_id = models.IntegerField()

    class Meta:
        db_table = "key_issuer"
        constraints = [
            models.UniqueConstraint("kind", "issuer", "facility_id", name="key_issuer_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.issuer}"
