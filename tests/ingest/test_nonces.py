"""A seal is as good as its nonce is new: in every thread, and on both sides of a fork."""

import os
from concurrent.futures import ThreadPoolExecutor

from observability.core import seal

KEY = b"k" * 32
SEALS = 3 * seal.NONCES_AT_ONCE


def nonces(_: int = 0) -> list[bytes]:
    """Seal many values; return the nonce of each."""
    sealed = [seal.seal(KEY, token=b"t" * 16, kind="claim", value="C-1") for _ in range(SEALS)]
    assert seal.unseal(KEY, token=b"t" * 16, kind="claim", sealed=sealed[-1]) == "C-1"
    return [each[: seal.NONCE_BYTES] for each in sealed]


def test_no_two_threads_seal_with_one_nonce() -> None:
    with ThreadPoolExecutor(4) as pool:
        used = [nonce for found in pool.map(nonces, range(8)) for nonce in found]
    assert len(set(used)) == len(used) == 8 * SEALS


def test_a_child_seals_with_none_of_its_parents_nonces() -> None:
    seal.seal(KEY, token=b"t" * 16, kind="claim", value="C-1")  # so that some are left over when it forks
    ear, mouth = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(mouth, b"".join(nonces()))
        os._exit(0)
    os.close(mouth)
    with os.fdopen(ear, "rb") as said:
        heard = said.read()
    os.waitpid(child, 0)
    theirs = {heard[at : at + seal.NONCE_BYTES] for at in range(0, len(heard), seal.NONCE_BYTES)}
    assert len(theirs) == SEALS
    assert theirs.isdisjoint(nonces())
