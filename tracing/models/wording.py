"""What messages call their facility, department, payer and the like, each combination of words once."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Wording(models.Model):
    """One combination of words. Its id is a digest of them, so that nobody looks it up before writing."""

    id = models.BigIntegerField(primary_key=True)
    names = ArrayField(models.TextField())  # authority and code in turn, most specific first
    facility = models.TextField(default="")  # our code, where the message said it
    department = models.TextField(default="")
    payer = models.TextField(default="")
    # Other local codes: field, kind, authority ("": the facility) and code in turn.
    codes = ArrayField(models.TextField(), default=list, db_default=[])

    class Meta:
        db_table = "wording"

    def __str__(self) -> str:
        return str(self.id)
