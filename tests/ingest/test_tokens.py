"""Tokens are HMAC-SHA-256, however they are computed; templates of keys say their fields and nothing else."""

import hmac

import pytest

from integrations.catalogue.contract_parts import Template
from observability.core import tokens

VALUES = ("", "B000000001", "ß/ﬁ", "a" * 200)


def plain(key: bytes, *parts: str) -> bytes:
    """HMAC-SHA-256 as the library does it, over each part with its length before it."""
    raws = [part.encode() for part in parts]
    return hmac.digest(key, b"".join(len(raw).to_bytes(4, "big") + raw for raw in raws), "sha256")[:16]


@pytest.mark.parametrize("key", [b"", b"k" * 32, b"k" * 64, b"k" * 65], ids=len)
def test_tokens_and_ids_are_hmac_of_all_their_parts(key: bytes) -> None:
    for value in VALUES * 2:  # the second time from what is remembered
        token = tokens.token(key, kind="claim", issuer="npi:1@NORTH", version=2, value=value)
        assert token == plain(key, "claim", "npi:1@NORTH", "2", value)
        named = tokens.transaction_id(key, workflow="claim", kind="claim", issuer="@NORTH", value=value)
        assert named == plain(key, "txn", "claim", "claim", "@NORTH", value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{a}", "1%s{b}"),
        ("{a}/{b}", "1%s{b}/2"),
        ("100%/{b}", "100%/2"),
        ("{b}-{b}", "2-2"),
        ("{a}{absent}", None),
        ("{a}{empty}", None),
        ("fixed", "fixed"),
    ],
)
def test_a_template_says_its_fields_and_nothing_of_them_is_a_template(text: str, said: str | None) -> None:
    assert Template.parse(text).fill({"a": "1%s{b}", "b": 2, "empty": ""}) == said


@pytest.mark.parametrize("text", ["{A}", "{{a}}", "{a", "a}", "{a!r}", "{a:>9}"])
def test_a_brace_of_no_field_is_refused_when_a_contract_is_read(text: str) -> None:
    with pytest.raises(ValueError, match="a field is written as"):
        Template.parse(text)
