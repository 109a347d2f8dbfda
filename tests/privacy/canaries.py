"""Values that no store, log or answer may hold: each class of identifier in each way it is written."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count


@dataclass(frozen=True, slots=True)
class Canary:
    """One planted value; `needle` is the part by which it would be known again."""

    kind: str
    value: str
    needle: str


# The identifiers of 45 CFR 164.514(b)(2), each written as senders write it; {n} makes every one unique.
FORMS: dict[str, tuple[str, ...]] = {
    "name": ("Zyxwold{n} Quorra", "QUORRA{n}^ZYXWOLD^M", "Quorra{n}, Zyxwold", "zyxwold.quorra{n}"),
    "address": ("{n} Zanzibarrow Street", "{n} ZANZIBARROW ST APT 4", "Zanzibarrow{n}, TX 75001"),
    "date": ("born 19{n2}-03-0{d} z{n}q", "DOB:19{n2}030{d}z{n}q", "0{d}/03/19{n2} z{n}q"),
    "telephone": ("(555) 01{n}", "+1-555-01{n}", "55501{n}"),
    "fax": ("fax 555.77{n}", "FAX:+155577{n}"),
    "email": ("zyx{n}@quorra.example", "mailto:zyx{n}@quorra.example", "ZYX{n}@QUORRA.EXAMPLE"),
    "ssn": ("9{n}-45-6789", "9{n}456789", "SSN 9{n} 45 6789"),
    "mrn": ("MRN-{n}77", "mrn:{n}77", "{n}77^^^NORTH^MR"),
    "member": ("ZMB{n}A01", "member zmb{n}a01", "ZMB-{n}-A01"),
    "account": ("ACCT{n}99", "acct/{n}99", "{n}99-01"),
    "certificate": ("LIC-TX-{n}55", "npi license {n}55"),
    "vehicle": ("1HGCM82633A{n}", "plate ZZX-{n}"),
    "device": ("(01)00843{n}(21)SN{n}", "UDI 00843{n}"),
    "url": ("https://zyx.example/p/{n}?mrn={n}77", "http://quorra.example/{n}#chart"),
    "ip": ("10.{d}.{d}.1/{n}", "2001:db8::{n}"),
    "biometric": ("fp:zyx{n}==", "voiceprint-{n}-quorra"),
    "photo": ("photo_{n}_quorra.jpg", "data:image/png;base64,ZyX{n}"),
    "free_text": ("pt zyxwold {n} c/o chest pain", "denied: patient Quorra {n} not eligible"),
    "secret": (
        "Bearer zyxkey.{n}abcdefghijklmnopqrstuvwxyz",
        "password=zyx{n}",
        "Authorization: Basic zyx{n}",
    ),
}


def canaries(first: int = 100_000) -> Iterator[Canary]:
    """Return canaries without end: class after class, form after form, each with its own number."""
    numbers = count(first)
    for turn in count():
        for kind, forms in FORMS.items():
            number = next(numbers)
            value = forms[turn % len(forms)].format(n=number, n2=number % 90 + 10, d=number % 9 + 1)
            yield Canary(kind, value, str(number))


# A name of plain words in a field for codes: no digit, comma or caret gives it away.
PLAIN = ("{w} Quorra", "Quorra {w}", "{w}", "QUORRA {W}", "{w}-Quorra", "Surgery {w}")


def plain_names(first: int = 100_000) -> Iterator[Canary]:
    """Return names without a digit, without end, each with a word of its own."""
    for number in count(first):
        word = "Zyx" + str(number).translate(str.maketrans("0123456789", "aeioubdfgl"))
        form = PLAIN[number % len(PLAIN)]
        yield Canary("plain name", form.format(w=word, W=word.upper()), word.lower())
