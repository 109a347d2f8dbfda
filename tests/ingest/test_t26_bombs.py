"""T26: bodies that inflate without end, or are damaged: refused quickly, in little memory, after the key."""

import gzip
import resource
import time
import zlib

import pytest
from pytest_django import Settings

from observability.core.streams import BodyCorrupt, BodyCut, BodyTooLarge, inflate, read_plain
from tests.ingest.posting import PROTOBUF, Poster

MIB = 1024 * 1024
GROWTH_MIB = 64


def bomb(mib: int) -> bytes:
    """Return a gzip body that inflates to `mib` MiB of zeros (about a thousandth of that)."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(squeeze.compress(bytes(MIB)) for _ in range(mib)) + squeeze.flush()


BOMB = bomb(256)


def ignore(_: int) -> None:
    """Watch nothing."""


@pytest.mark.django_db
@pytest.mark.parametrize("signal", ["traces", "metrics", "logs"])
def test_t26_a_bomb_is_413_in_a_second_and_little_memory(post: Poster, signal: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    post.raw(f"/v1/{signal}", b"", PROTOBUF)  # what is loaded once is no part of it
    started = time.process_time()

    response = post.raw(f"/v1/{signal}", BOMB, PROTOBUF, Content_Encoding="gzip")

    assert response.status_code == 413
    assert time.process_time() - started < 1
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 <= GROWTH_MIB


@pytest.mark.django_db
def test_t26_without_a_key_nothing_is_read(post: Poster, settings: Settings) -> None:
    settings.FAILPOINTS = True
    from integrations.ingest import failpoints

    failpoints.plant("read", RuntimeError)  # reading would turn the answer into 503
    response = post.raw("/v1/traces", BOMB, PROTOBUF, Content_Encoding="gzip", Authorization="Bearer no")
    assert response.status_code == 401


@pytest.mark.django_db
@pytest.mark.parametrize("damage", ["cut", "wrong sum", "no gzip", "trailing garbage", "empty"])
def test_t26_a_damaged_body_is_400(post: Poster, damage: str) -> None:
    good = gzip.compress(b"\x0a" * 5_000)
    body = {
        "cut": good[:-4],
        "wrong sum": good[:-8] + bytes(8),
        "no gzip": b"plain text",
        "trailing garbage": good + b"garbage",
        "empty": b"",
    }[damage]
    assert post.raw("/v1/traces", body, PROTOBUF, Content_Encoding="gzip").status_code == 400


def test_t26_members_add_up_to_one_limit() -> None:
    members = gzip.compress(bytes(600)) * 2
    assert inflate(members, limit=1_200, grew=ignore) == bytes(1_200)
    with pytest.raises(BodyTooLarge):
        inflate(members, limit=1_199, grew=ignore)


def test_t26_a_body_of_nothing_but_empty_members_takes_no_time() -> None:
    started = time.process_time()
    assert inflate(gzip.compress(b"") * 400_000, limit=MIB, grew=ignore) == b""
    assert time.process_time() - started < 5  # minutes, where each member copies what follows it


@pytest.mark.parametrize("size", [0, 1, 65_536, 262_144, 262_145, 3 * MIB])
def test_t26_all_that_a_member_holds_comes_out(size: int) -> None:
    said = bytes(size) + b"end"
    assert inflate(gzip.compress(said) + gzip.compress(said, 0), limit=2 * len(said), grew=ignore) == said * 2


def test_t26_a_bomb_within_a_member_stops_at_the_limit() -> None:
    sizes: list[int] = []
    with pytest.raises(BodyTooLarge):
        inflate(BOMB, limit=MIB, grew=sizes.append)
    assert max(sizes) <= MIB


def test_t26_an_endless_stream_stops_at_the_limit() -> None:
    read: list[int] = []

    def endless(size: int) -> bytes:
        read.append(size)
        return b"x" * size

    with pytest.raises(BodyTooLarge):
        read_plain(endless, length=None, limit=MIB, grew=ignore)
    assert sum(read) <= MIB + 65_536


def test_t26_an_announced_length_beyond_the_limit_is_not_read() -> None:
    with pytest.raises(BodyTooLarge):
        read_plain(lambda _: pytest.fail("read"), length=MIB + 1, limit=MIB, grew=ignore)


def test_t26_a_body_that_stops_early_is_told() -> None:
    pieces = iter([b"abc", b""])
    with pytest.raises(BodyCut):
        read_plain(lambda _: next(pieces), length=5, limit=MIB, grew=ignore)


def test_t26_garbage_is_corrupt() -> None:
    with pytest.raises(BodyCorrupt):
        inflate(b"\x1f\x8b\x08garbage", limit=MIB, grew=ignore)
