"""A stolen key: revoked and marked at once, left out at the next refold until that is lifted."""

import json

import pytest
from django.core.management import CommandError, call_command

from integrations.models import Credential
from tests.ingest.posting import Poster


def run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    call_command("connector", *words)
    return capsys.readouterr().out


def test_a_quarantined_key_is_refused_and_marked(post: Poster, capsys: pytest.CaptureFixture[str]) -> None:
    prefix = post.key.partition(".")[0]
    told = json.loads(run(capsys, "quarantine", "lab-feed", "--key", prefix, "--json"))

    assert told == {"connector": "lab-feed", "key": prefix, "quarantined": True}
    credential = Credential.objects.get(prefix=prefix)
    assert credential.quarantined_at is not None
    assert credential.revoked_at is not None
    assert post.events([]).status_code == 401


def test_lifting_it_leaves_the_key_revoked(post: Poster, capsys: pytest.CaptureFixture[str]) -> None:
    prefix = post.key.partition(".")[0]
    run(capsys, "quarantine", "lab-feed", "--key", prefix)
    said = run(capsys, "quarantine", "lab-feed", "--key", prefix, "--lift")

    assert f"manage.py refold --credential {prefix}" in said
    credential = Credential.objects.get(prefix=prefix)
    assert credential.quarantined_at is None
    assert credential.revoked_at is not None


def test_a_key_that_is_not_there_is_said_to_be_missing(post: Poster) -> None:
    with pytest.raises(CommandError, match="has no key nothere"):
        call_command("connector", "quarantine", "lab-feed", "--key", "nothere")
