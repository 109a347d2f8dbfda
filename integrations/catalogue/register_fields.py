"""Pure: every field of the register, its words, and what may stand in it.

Import, export, form and page read this. A value is text everywhere outside of the database: lists are parted
by semicolons, days are ISO, empty is unknown.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from string import Formatter
from unicodedata import category
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from integrations.catalogue.identifiers import CHECKS
from observability.accounts.roles import Domain, PrivacyClass

SORTS = ("system", "interface")
KEYS = frozenset({"claim", "account", "charge", "encounter", "order", "trace"})
CODE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,59}\Z")
REFERENCE_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,79}\Z", re.ASCII)
CONSUMER = re.compile(r"[^@;]{1,60}@[1-9][0-9]{0,6}\Z")
CRON = re.compile(r"[0-9*,/A-Za-z#L-]+(?: [0-9*,/A-Za-z#L?-]+){4}\Z")
DOMAINS: Mapping[str, str] = {
    Domain.CLINICAL: "Clinical", Domain.REVENUE: "Claims and revenue",
    Domain.SUPPLY: "Procurement and supply", Domain.WORKFORCE: "Workforce and payroll",
    Domain.LEDGER: "Finance",
}  # fmt: skip
SYSTEM_KINDS = {
    "ehr": "EHR", "erp": "ERP", "revenue_cycle": "Revenue cycle", "hcm": "Workforce",
    "supply_chain": "Supply chain", "scheduling": "Scheduling", "analytics": "Analytics",
    "engine": "Interface engine", "saas": "Software as a service",
    "clearinghouse": "Clearinghouse (partner)", "payer": "Payer (partner)", "supplier": "Supplier (partner)",
    "bank": "Bank (partner)", "event_stream": "Event stream", "queue": "Queue",
    "canonical_model": "Canonical model", "orchestration": "Orchestration", "other": "Other",
}  # fmt: skip
PATTERNS = {
    "synchronous_api": "Synchronous API", "event": "Event", "scheduled_sync": "Scheduled synchronisation",
    "managed_batch": "Managed batch", "file_or_engine": "File or engine",
}  # fmt: skip
LAYERS = {"system": "System", "process": "Process", "experience": "Experience", "partner": "Partner"}
ROLES = {
    "engagement": "System of engagement",
    "record": "System of record",
    "processing": "System of processing",
}
HOSTING = {
    "on_premises": "On premises",
    "vendor_hosted": "Vendor hosted",
    "cloud": "Own cloud",
    "saas": "SaaS",
}
CRITICALITY = {"critical": "Critical", "high": "High", "medium": "Medium", "low": "Low"}
CLASSES: Mapping[str, str] = {
    PrivacyClass.BUSINESS: "Business", PrivacyClass.IDENTIFIER: "Identifiers",
    PrivacyClass.SENSITIVE: "Sensitive", PrivacyClass.WORKFORCE: "Workforce",
}  # fmt: skip
DISPOSITIONS = {"retain": "Retain", "wrap": "Wrap", "refactor": "Refactor", "retire": "Retire"}


class Refused(Exception):
    """A value may not stand in its field; the code says why."""

    def __init__(self, code: str, name: str) -> None:
        super().__init__(code, name)
        self.code, self.name = code, name


@dataclass(frozen=True, slots=True)
class Field:
    """One field: where it is, what it is called, and how it is read."""

    name: str
    label: str
    reads: str = "text"
    help: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    required: bool = False
    longest: int = 120
    unit: str = ""
    source: str = ""  # who knows it
    once: bool = False  # no two of a kind have it on the same day


@dataclass(frozen=True, slots=True)
class Known:
    """What a value may refer to."""

    facilities: Collection[str]
    users: Collection[str]
    systems: Collection[str]
    interfaces: Collection[str]


_FIRST = (
    Field("code", "Code", "code", "As events and spans name it. It cannot be changed later.", required=True),
    Field("name", "Name", required=True),
)
_SHARED = (
    Field("facilities", "Facilities", "facilities", "Codes, parted by semicolons. Empty: every facility."),
    Field("domains", "Domains", "choices", "Parted by semicolons.", DOMAINS),
    Field("owner", "Owner", help="The team or person who answers for it."),
    Field("owner_contact", "Owner's contact", longest=200),
    Field(
        "owner_user", "Owner's account", "user", "A user name here. If the account is switched off, it shows."
    ),
    Field("backup", "Backup"),
    Field("backup_contact", "Backup's contact", longest=200),
    Field("backup_user", "Backup's account", "user"),
    Field("criticality", "Criticality", "choice", choices=CRITICALITY),
    Field("data_classes", "Data classes", "choices", "Parted by semicolons.", CLASSES),
    Field("runbook", "Runbook", "url", "An https address.", longest=500),
    Field("runbook_date", "Runbook checked on", "day"),
    Field("starts_on", "Runs since", "day"),
    Field("ends_on", "Ends on", "day", "Empty: it goes on."),
    Field("notes", "Notes", longest=1_000),
)
SYSTEM = (
    *_FIRST,
    Field("kind", "Kind", "choice", choices=SYSTEM_KINDS, required=True),
    Field("role", "Role", "choice", choices=ROLES),
    Field("hosting", "Hosting", "choice", choices=HOSTING),
    Field("vendor", "Vendor"),
    Field("service_level", "Service level", help="What a partner promised.", longest=200),
    Field(
        "primary_for",
        "System of record for",
        "primary",
        "A domain, or domain@FACILITY; parted by semicolons.",
    ),
    Field(
        "links",
        "Links into its screens",
        "links",
        "Label=https://…/{claim}; parted by semicolons.",
        longest=500,
    ),
    *_SHARED,
)
INTERFACE = (
    *_FIRST,
    Field("kind", "Pattern", "choice", choices=PATTERNS, required=True),
    Field("source", "Source", "system", "The code of a system.", required=True),
    Field("target", "Target", "system", "The code of a system.", required=True),
    Field("api_layer", "API layer", "choice", choices=LAYERS),
    Field("message_kind", "Message"),
    Field("transport", "Transport"),
    Field("schedule", "Schedule", "cron", "Five fields of cron; empty: as it comes."),
    Field("zone", "Schedule's time zone", "zone"),
    Field("latency_seconds", "Latency need, seconds", "number"),
    Field("failure_impact", "When it fails", longest=500),
    Field("disposition", "Disposition", "choice", choices=DISPOSITIONS),
    Field("disposition_reason", "Why", longest=500, help="Needed for anything but retain."),
    Field("approver", "Approved by"),
    Field("temporary_until", "Temporary until", "day"),
    Field("consumers", "Consumers", "consumers", "Name@calls a minute; parted by semicolons."),
    Field("predecessor", "Replaces", "interface", "The code of the interface before it."),
    *_SHARED,
)
FIELDS: Mapping[str, tuple[Field, ...]] = {"system": SYSTEM, "interface": INTERFACE}
QUOTED_FORMULA = ("'=", "'+", "'-", "'@")
LISTS = frozenset({"choices", "facilities", "primary", "links", "consumers"})


def parts(text: str) -> list[str]:
    """Return the parts of a list, in order, each once."""
    return list(dict.fromkeys(part for each in text.split(";") if (part := each.strip())))


def unprintable(text: str) -> bool:
    """Say whether a text holds control characters, or halves of letters, which no database keeps."""
    return any(category(letter) in ("Cc", "Cs") for letter in text)


def clean(spec: Field, text: str, known: Known) -> str:
    """Return the one way to write a value. Raises Refused."""
    text = text.strip()
    if text.startswith(QUOTED_FORMULA):
        text = text[1:]  # the quote that an export puts before what a spreadsheet would run
    if unprintable(text):
        raise Refused("value_unprintable", spec.name)
    if not text:
        if spec.required:
            raise Refused("value_missing", spec.name)
        return ""
    each = parts(text) if spec.reads in LISTS else [text]
    if any(len(one) > spec.longest for one in each) or len(each) > 50:
        raise Refused("value_too_long", spec.name)
    for one in each:
        _check(spec, one, known)
    return ";".join(each if spec.reads == "links" else sorted(each)) if spec.reads in LISTS else text


def whole(values: Mapping[str, str]) -> None:
    """Check what several fields say together. Raises Refused."""
    if values.get("ends_on") and values["ends_on"] < values.get("starts_on", ""):
        raise Refused("ends_before_start", name="ends_on")
    if values.get("disposition", "") not in ("", "retain") and not values.get("disposition_reason"):
        raise Refused("reason_missing", name="disposition_reason")
    if values.get("predecessor") and values["predecessor"] == values["code"]:
        raise Refused("replaces_itself", "predecessor")


@cache
def zones() -> frozenset[str]:
    """Return the names of time zones, read from disk once: that takes a tenth of a second.

    Two files lie beside them that name no place: what they mean differs between machines.
    """
    return frozenset(available_timezones() - {"Factory", "localtime"})


def _check(spec: Field, text: str, known: Known) -> None:
    referred: dict[str, Collection[str]] = {
        "facilities": known.facilities, "user": known.users,
        "system": known.systems, "interface": known.interfaces,
        "choice": spec.choices, "choices": spec.choices, "zone": zones(),
    }  # fmt: skip
    if spec.reads in referred:
        if text not in referred[spec.reads]:
            raise Refused("value_unknown", spec.name)
    elif spec.reads in CHECKS:
        if not CHECKS[spec.reads](text):
            raise Refused("value_malformed", spec.name)
    elif spec.reads in _WELL_FORMED and not _WELL_FORMED[spec.reads](text, known):
        raise Refused("value_malformed", spec.name)


def _day(text: str, _: Known) -> bool:
    try:
        day = date.fromisoformat(text)
        return day.isoformat() == text and day < date.max  # what ends has a day after its last one
    except ValueError:
        return False


def _https(text: str, _: Known) -> bool:
    try:
        at = urlsplit(text)
    except ValueError:
        return False
    return at.scheme == "https" and bool(at.hostname) and "@" not in at.netloc and " " not in text


def _link(text: str, known: Known) -> bool:
    label, _, address = text.partition("=")
    try:
        named = [(name, spec, how) for _, name, spec, how in Formatter().parse(address) if name is not None]
    except ValueError:
        return False
    fits = all(name in KEYS and not spec and not how for name, spec, how in named)
    return bool(label.strip()) and fits and "{" not in urlsplit(address).netloc and _https(address, known)


def _primary(text: str, known: Known) -> bool:
    domain, at, place = text.partition("@")
    return domain in DOMAINS and (place in known.facilities if at else True)


_WELL_FORMED: Mapping[str, Callable[[str, Known], bool]] = {
    "code": lambda text, _: bool(CODE.match(text)),
    "day": _day,
    "url": _https,
    "links": _link,
    "primary": _primary,
    "number": lambda text, _: text.isascii() and text.isdigit() and len(text) < 9 and str(int(text)) == text,
    "cron": lambda text, _: bool(CRON.match(text)),
    "consumers": lambda text, _: bool(CONSUMER.match(text)),
    "reference_code": lambda text, _: bool(REFERENCE_CODE.match(text)),
}
