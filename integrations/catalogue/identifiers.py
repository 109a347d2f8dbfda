"""Pure: whether a public identifier is well-formed, check digit included."""

import re
from collections.abc import Callable, Mapping

NPI = re.compile(r"\d{10}\Z", re.ASCII)
NPI_PREFIX = "80840"  # the card issuer number that the check digit of an NPI counts in (CMS, 45 CFR 162.406)
GTIN = re.compile(r"\d{14}\Z", re.ASCII)
EIN = re.compile(r"\d{2}-\d{7}\Z", re.ASCII)
CURRENCY = re.compile(r"[A-Z]{3}\Z")
MONTH = re.compile(r"(?:[1-9]|1[0-2])\Z", re.ASCII)
TAXONOMY = re.compile(r"[0-9A-Z]{9}X\Z")


def is_npi(text: str) -> bool:
    """Say whether the last digit is the Luhn check digit of the others behind 80840."""
    return bool(NPI.match(text)) and _luhn(NPI_PREFIX + text) % 10 == 0


def is_gtin(text: str) -> bool:
    """Say whether the last digit is the check digit of the others, weighted 3 and 1 in turn (GS1)."""
    return bool(GTIN.match(text)) and sum(int(d) * (1 if n % 2 else 3) for n, d in enumerate(text)) % 10 == 0


def _luhn(digits: str) -> int:
    doubled = "0246813579"  # twice each digit, its own digits added
    return sum(int(doubled[int(d)] if n % 2 else d) for n, d in enumerate(reversed(digits)))


CHECKS: Mapping[str, Callable[[str], bool]] = {
    "npi": is_npi,
    "gtin": is_gtin,
    "ein": lambda text: bool(EIN.match(text)),
    "currency": lambda text: bool(CURRENCY.match(text)),
    "month": lambda text: bool(MONTH.match(text)),
    "taxonomy": lambda text: bool(TAXONOMY.match(text)),
}
