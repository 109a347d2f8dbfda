"""Under which names a pass makes transactions known anew: only those can bind what waits, or rebind it.

Most events of a claim come under keys that it is known by already. Whoever waits for one of these has it.
"""

from collections.abc import Iterable

from integrations.ingest.records import Event
from observability.core.copying import Ids, Staging
from tracing import declarations

# Read without a lock. A key that another pass takes away at this moment has that pass look again at what it
# concerned, and so does the sweep.
UNKNOWN = """
    SELECT uuid_send(s.token)
      FROM unnest(%(tokens)b, %(ids)b) s(token, id)
     WHERE NOT EXISTS (
               SELECT 1 FROM transaction_key k
                WHERE k.token = s.token AND k.transaction_id = s.id AND k.direct AND NOT k.former)
"""


def new_names(cursor: Staging, direct: Iterable[Event]) -> set[bytes]:
    """Return the tokens and traces under which these events make a transaction of theirs known that may not
    be known by them yet."""
    first = declarations.first_steps()
    names: set[bytes] = set()
    tokens: list[bytes] = []
    ids: list[bytes] = []
    for event in direct:
        if event.trace_id is not None:
            names.add(event.trace_id)
        for binding in event.bindings:
            if binding.direct is None:
                continue
            begins = binding.effect == "completes" and binding.step == first.get(binding.workflow)
            for key in event.keys:
                if begins or key.former:
                    names.add(key.token)
                else:
                    tokens.append(key.token)
                    ids.append(binding.direct)
    if tokens:
        names.update(row[0] for row in cursor.execute(UNKNOWN, {"tokens": Ids(tokens), "ids": Ids(ids)}))
    return names
