"""T37: the secret of a key is in no table and no log line, whatever was done with it."""

import io

import pytest
from django.core.management import call_command

from observability.core.ids import uuid7
from tests.ingest.posting import BATCH, Poster, poster
from tests.privacy.stores import places

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_secret_that_was_used_refused_and_revoked_is_nowhere(log_lines: io.StringIO) -> None:
    sender: Poster = poster()
    prefix, _, secret = sender.key.partition(".")
    assert sender.events([]).status_code == 200
    wrong = sender.raw("/api/v1/events", b"[]", BATCH, Authorization=f"Bearer {sender.key}x")
    query = sender.client.get(f"/api/v1/receipts/{uuid7()}?access_token={sender.key}")
    call_command("connector", "revoke", sender.connector.name, "--key", prefix, stdout=io.StringIO())

    assert (wrong.status_code, query.status_code) == (401, 401)
    assert places(secret) == []
    # The prefix is no secret: it names the key, also where its revocation is on record.
    assert places(prefix) == ["public.audit_row", "public.credential"]
    assert secret not in log_lines.getvalue()
