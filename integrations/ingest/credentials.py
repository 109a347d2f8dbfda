"""Issue, rotate and revoke the keys of connectors. A key is shown once; only its digest is kept."""

import base64
import hashlib
import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from integrations.models import Connector, Credential, Facility, RateBucket
from integrations.models.connector import SIGNALS
from observability.accounts import audit
from observability.accounts.models import User

NAME = re.compile(r"[A-Za-z0-9_-]{1,60}\Z")
LIVE_KEYS = 2
PREFIX_BYTES = 7
SECRET_BYTES = 32


class CredentialError(Exception):
    """What was asked for cannot be done; the message says why, for a person."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A new key, in clear for this once, and the prefixes it pushed out."""

    connector: Connector
    key: str
    prefix: str
    revoked: tuple[str, ...] = ()


@transaction.atomic
def create_connector(
    name: str,
    facility_codes: Sequence[str],
    at: datetime,
    *,
    signals: Sequence[str] = tuple(SIGNALS),
    by: User | None = None,
) -> Issued:
    """Make a connector that may send for these facilities (the first is its fallback), with its first key.

    `by` is None where the installation's own shell does it, here and below.
    """
    if not NAME.match(name):  # it stands in addresses
        raise CredentialError("A connector's name has up to 60 letters, digits, hyphens and underscores.")
    if Connector.objects.filter(name=name).exists():
        raise CredentialError(f"There is a connector {name} already; `rotate` gives it another key.")
    unknown_signals = sorted(set(signals) - set(SIGNALS))
    if unknown_signals:
        raise CredentialError(f"Unknown signal {unknown_signals[0]}; there are {', '.join(SIGNALS)}.")
    facilities = _facilities(facility_codes)
    connector = Connector.objects.create(
        name=name, title=name, facility=facilities[0], signals=list(signals), created_at=at
    )
    connector.facilities.set(facilities)
    _record(audit.Act.CONNECTOR_CREATED, connector, by, at)
    return issue_key(connector, at, by=by)


def _facilities(codes: Sequence[str]) -> list[Facility]:
    found = {facility.code: facility for facility in Facility.objects.filter(code__in=codes)}
    missing = [code for code in codes if code not in found]
    if missing or not codes:
        raise CredentialError(f"There is no facility with the code {missing[0] if missing else '(none)'}.")
    return [found[code] for code in codes]


@transaction.atomic
def issue_key(connector: Connector, at: datetime, *, by: User | None = None) -> Issued:
    """Give the connector one more key. At most two live: the oldest beyond that is revoked."""
    Connector.objects.select_for_update().get(pk=connector.pk)  # two rotations at once count each other's key
    live = list(Credential.objects.filter(connector=connector, revoked_at=None).order_by("created_at", "id"))
    pushed_out = live[: max(0, len(live) - LIVE_KEYS + 1)]
    Credential.objects.filter(pk__in=[old.pk for old in pushed_out]).update(revoked_at=at)
    prefix = base64.b32encode(os.urandom(PREFIX_BYTES)).decode().rstrip("=").lower()
    secret = secrets.token_urlsafe(SECRET_BYTES)
    credential = Credential.objects.create(
        connector=connector,
        prefix=prefix,
        secret_sha256=hashlib.sha256(secret.encode()).digest(),
        created_at=at,
    )
    RateBucket.objects.create(credential=credential, tokens=connector.burst, refilled_at=at)
    for old in pushed_out:
        _record(audit.Act.CREDENTIAL_REVOKED, connector, by, at, key=old.prefix)
    _record(audit.Act.CREDENTIAL_ISSUED, connector, by, at, key=prefix)
    return Issued(connector, f"{prefix}.{secret}", prefix, tuple(old.prefix for old in pushed_out))


@transaction.atomic
def revoke_keys(
    connector: Connector, at: datetime, *, prefix: str | None = None, by: User | None = None
) -> list[str]:
    """Revoke one live key, or all of them; return their prefixes. Effective once caches have run out."""
    live = Credential.objects.filter(connector=connector, revoked_at=None)
    if prefix is not None:
        live = live.filter(prefix=prefix)
    prefixes = list(live.order_by("created_at").values_list("prefix", flat=True))
    if not prefixes:
        raise CredentialError(f"{connector.name} has no such live key.")
    live.update(revoked_at=at)
    for each in prefixes:
        _record(audit.Act.CREDENTIAL_REVOKED, connector, by, at, key=each)
    return prefixes


@transaction.atomic
def quarantine_key(
    connector: Connector, at: datetime, *, prefix: str, lift: bool = False, by: User | None = None
) -> Credential:
    """Revoke a stolen key and mark what came with it, or lift that mark; a refold then acts on it."""
    credential = Credential.objects.filter(connector=connector, prefix=prefix).first()
    if credential is None:
        raise CredentialError(f"{connector.name} has no key {prefix}.")
    credential.quarantined_at = None if lift else at
    credential.revoked_at = credential.revoked_at or at
    credential.save(update_fields=["quarantined_at", "revoked_at"])
    _record(
        audit.Act.CREDENTIAL_QUARANTINED, connector, by, at, key=prefix, state="lifted" if lift else "set"
    )
    return credential


def _record(act: audit.Act, connector: Connector, by: User | None, at: datetime, **changes: str) -> None:
    audit.record(
        act,
        user=by,
        object_type="connector",
        object_id=connector.pk,
        at=at,
        changes=changes or None,
        facility_ids=connector.facilities.values_list("pk", flat=True),
    )


def connector_named(name: str) -> Connector:
    """Return a connector. Raises CredentialError."""
    found = Connector.objects.filter(name=name).first()
    if found is None:
        raise CredentialError(f"There is no connector {name}.")
    return found
