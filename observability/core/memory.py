"""Keep the memory of a long-lived process small. Where the C library is not glibc, nothing is done."""

import ctypes

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # <malloc.h>
SEPARATE_BYTES = 512 * 1024

_libc = ctypes.CDLL(None)


def keep_small() -> None:
    """Let large blocks be mappings of their own, and all threads share what is small.

    glibc raises its threshold for separate mappings as large blocks are freed and keeps an arena per thread;
    four bodies of 20 MiB then stay as 80 MiB of holes. Python lets one thread allocate at a time anyway.
    """
    mallopt = getattr(_libc, "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, SEPARATE_BYTES)
        mallopt(M_ARENA_MAX, 1)


def give_back() -> None:
    """Return to the system what was freed: after something large, a few milliseconds well spent."""
    trim = getattr(_libc, "malloc_trim", None)
    if trim is not None:
        trim(0)
