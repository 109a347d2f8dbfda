"""A store that is already full: one claim that really went through the edge and the drain, copied by SQL.

Only what stands before a measurement begins is made like this; it is a fixture of the bench and no way to
load data. The copies have the ids and tokens that their claim numbers have, so that events and searches
meet them as they meet any claim; sealed forms and last characters are those of the first one.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from integrations.catalogue.key_kinds import kinds
from integrations.ingest.auth import Sender
from observability.bench import claims
from observability.bench.drain import fill
from observability.bench.installation import CODE
from observability.core import keyring, tokens
from tracing.models import Transaction
from tracing.storage.drain import drain

TEMPLATE = 998_000_000  # the number of the claim that is copied
FIRST = 500_000_000  # the number of the first copy
CHUNK = 10_000
TEMPLATE_DAYS = 13  # from its submission to its remittance
TABLES = ("event", "fact", "transaction", "step", "deadline", "transaction_key", "identifier")
# Which rows of a table belong to the first claim, where they do not name its transaction.
OF_TEMPLATE = {
    "event": "event_id IN (SELECT event_id FROM fact WHERE transaction_id = %(template)s)",
    "identifier": "token IN (SELECT token FROM transaction_key WHERE transaction_id = %(template)s)",
    "transaction": "id = %(template)s",
}
KEYS = ("claim", "patient_control_number", "claim_at_payer")
COLUMNS = """
    SELECT column_name, data_type FROM information_schema.columns
     WHERE table_name = %(table)s ORDER BY ordinal_position
"""
# What is not the key of its table: made again when all rows are there.
INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
     WHERE indrelid = %(table)s::regclass AND NOT indisunique
"""
MAP = """
    CREATE UNLOGGED TABLE bench_map (
        n int, transaction_id uuid, claim uuid, patient_control_number uuid, claim_at_payer uuid,
        shift interval
    )
"""


def stand(sender: Sender, *, transactions: int, days: int, at: datetime) -> None:
    """Fill the store with claims of three steps and three keys, numbered from FIRST, begun in `days`."""
    fill(sender, claims.standing_events(TEMPLATE, start=at - timedelta(days=TEMPLATE_DAYS)))
    while drain(seconds=60):
        pass
    template = Transaction.objects.get(id=UUID(bytes=_named(TEMPLATE)[0])).id
    _map(transactions, days)
    with connection.cursor() as cursor:
        cursor.execute(
            "SET synchronous_commit = off; SET maintenance_work_mem = '512MB'; SET work_mem = '256MB'"
        )
    for table in TABLES:
        _copy(table, template)
    with connection.cursor() as cursor:
        cursor.execute("RESET ALL; SET timezone = 'UTC'")
        cursor.execute("ANALYZE")


def _map(transactions: int, days: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(MAP)
        with cursor.copy("COPY bench_map FROM STDIN") as copy:
            for start in range(0, transactions, CHUNK):
                numbers = range(FIRST + start, FIRST + min(start + CHUNK, transactions))
                copy.write("".join(_rows(numbers, days)))
        cursor.execute("ANALYZE bench_map")


def _rows(numbers: range, days: int) -> Iterator[str]:
    for n in numbers:
        # A prime: claims near in number are not near in time.
        back = n * 7_919 % (days * 86_400)
        cells = (str(n), *(found.hex() for found in _named(n)), f"-{back} seconds")
        yield "\t".join(cells) + "\n"


def _named(number: int) -> list[bytes]:
    """Return the id of a claim's transaction, and its tokens in the order of KEYS."""
    id_key = keyring.id_key()
    said = (
        (claims.instance(number), claims.ISSUER),
        (claims.claim_no(number), claims.ISSUER),
        (f"{claims.claim_no(number)}/{claims.payer(number)}", claims.ISSUER),
    )
    found = []
    for name, (value, issuer) in zip(KEYS, said, strict=True):
        kind = kinds()[name]
        found.append(kind.token(id_key, issuer=kind.effective_issuer(issuer, CODE), value=value))
    instance = kinds()[KEYS[0]]
    own = tokens.transaction_id(
        id_key,
        workflow="claim",
        kind=instance.name,
        issuer=instance.effective_issuer(claims.ISSUER, CODE),
        value=instance.normalise(claims.instance(number)),
    )
    return [own, *found]


def _copy(table: str, template: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, {"table": table})
        columns = {name: _expression(table, name, kind) for name, kind in cursor.fetchall()}
        cursor.execute(INDEXES, {"table": table})
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        where = OF_TEMPLATE.get(table, "transaction_id = %(template)s")
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(columns.values())}"
            f" FROM bench_map m CROSS JOIN (SELECT * FROM {table} WHERE {where}) t ORDER BY 1, 2",
            {"template": template},
        )
        for _, definition in indexes:
            cursor.execute(definition)


def _expression(table: str, column: str, kind: str) -> str:
    """Return what a copy has in a column: ids of its own, moments of its own, else the same."""
    if column == "transaction_id" or (table, column) == ("transaction", "id"):
        return "m.transaction_id"
    if column == "token":
        cases = " ".join(f"WHEN '{key}' THEN m.{key}" for key in KEYS)
        return f"CASE t.kind {cases} END"
    if kind == "uuid" and "event" in column:
        return f"md5(t.{column}::text || m.n)::uuid"
    return f"t.{column} + m.shift" if kind == "timestamp with time zone" else f"t.{column}"
