"""One way to do each act: what it needs is made first, the returned function does it."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from integrations.catalogue.code_kinds import FACILITY
from integrations.ingest.credentials import create_connector, issue_key, quarantine_key, revoke_keys
from integrations.models import Place, PlaceKind
from integrations.reference.crosswalk import Named, Target, mean
from integrations.reference.hierarchy import add_place, belong
from integrations.reference.keeping import answer_for, end_place, rename
from observability.accounts.audit import Act
from observability.accounts.models import OpenedGlass
from observability.accounts.roles import Role
from observability.core.clock import now
from tests.build import (
    PASSWORD,
    build_connector,
    build_facility,
    build_transaction,
    build_user,
    grant,
    sign_in,
)
from tests.build.reference import know
from tests.build.register import declare
from tracing.storage import seal_keys

WHY = "A call from the payer about it"
Doing = Callable[[], HttpResponse | object]
Emitter = Callable[[Client], Doing]
EMITTERS: dict[Act, Emitter] = {}
RING = "old:" + "A" * 43 + "=\n"


def emits(act: Act) -> Callable[[Emitter], Emitter]:
    """Name the act that a function gets ready."""

    def keep(emitter: Emitter) -> Emitter:
        EMITTERS[act] = emitter
        return emitter

    return keep


def _visit(act: Act, role: Role, address: Callable[[], str], **posted: str) -> None:
    """An act that somebody of this role does by fetching a page, or by posting to it."""

    def ready(client: Client) -> Doing:
        sign_in(client, build_user(role=role, at=("NORTH",)))
        url = address()
        return lambda: client.post(url, posted) if posted else client.get(url)

    EMITTERS[act] = ready


def _transaction(path: str = "") -> str:
    return f"/transactions/{build_transaction().pk}/{path}"


def _somebody(path: str) -> str:
    return f"/access/people/{build_user('somebody', role=Role.EXECUTIVE).username}/{path}"


@emits(Act.ACCESS_EXPLAINED)
def access_explained(client: Client) -> Doing:
    sign_in(client, build_user(role=Role.ADMINISTRATOR))
    address = _somebody("sees/")
    return lambda: client.post(address, {"address": "/connectors/"})


@emits(Act.VIEWING_ENDED)
def viewing_ended(client: Client) -> Doing:
    sign_in(client, build_user(role=Role.ADMINISTRATOR))
    client.post(_somebody("view/"), {"reason": WHY})
    return lambda: client.post("/access/viewing/end/")


@emits(Act.SIGNED_IN)
def signed_in(client: Client) -> Doing:
    build_user()
    return lambda: client.post("/sign-in/", {"username": "alice", "password": PASSWORD})


@emits(Act.SIGN_IN_FAILED)
def sign_in_failed(client: Client) -> Doing:
    build_user()
    return lambda: client.post("/sign-in/", {"username": "alice", "password": "wrong"})


@emits(Act.SIGN_IN_BLOCKED)
def sign_in_blocked(client: Client) -> Doing:
    build_user()
    client.post("/sign-in/", {"username": "alice", "password": "wrong"})
    return lambda: client.post("/sign-in/", {"username": "alice", "password": "wrong"})


@emits(Act.SIGNED_OUT)
def signed_out(client: Client) -> Doing:
    sign_in(client, build_user())
    return lambda: client.post("/sign-out/")


@emits(Act.PASSWORD_CHANGED)
def password_changed(client: Client) -> Doing:
    sign_in(client, build_user())
    new = "a much longer sentence"
    return lambda: client.post("/account/", {"old": PASSWORD, "new": new, "again": new})


@emits(Act.DENIED)
def denied(client: Client) -> Doing:
    sign_in(client, build_user(role=Role.EXECUTIVE))
    return lambda: client.get("/access/")


_visit(Act.SEARCHED, Role.SUPPORT, lambda: "/transactions/search/", q="CLM-1")
_visit(Act.TRANSACTION_VIEWED, Role.SUPPORT, _transaction)
_visit(Act.TRANSACTIONS_LISTED, Role.SUPPORT, lambda: (_transaction(), "/transactions/?seen=all")[1])
_visit(Act.REVEALED, Role.SUPPORT, lambda: _transaction("reveal/"), reason=WHY)
_visit(Act.INVENTORY_EXPORTED, Role.AUDITOR, lambda: "/catalogue/inventory/export/")
_visit(Act.ACCESS_EXPORTED, Role.AUDITOR, lambda: "/access/review.csv")
_visit(Act.MEASURE_EXPORTED, Role.EXECUTIVE, lambda: "/kpis/K01/counts.csv")
_visit(Act.VIEWING_BEGUN, Role.ADMINISTRATOR, lambda: _somebody("view/"), reason=WHY)
_visit(Act.AUDIT_VIEWED, Role.AUDITOR, lambda: "/audit/")
_visit(Act.AUDIT_EXPORTED, Role.AUDITOR, lambda: "/audit/export/fhir/")
_visit(Act.CATALOGUE_EXPORTED, Role.AUDITOR, lambda: "/catalogue/export/csv/")
_visit(Act.REFERENCE_EXPORTED, Role.AUDITOR, lambda: "/reference/export/csv/")


@emits(Act.CATALOGUE_CHANGED)
def catalogue_changed(client: Client) -> Doing:
    build_facility()
    return lambda: declare("system", "ehr", at=("NORTH",))


@emits(Act.CONNECTOR_CREATED)
def connector_created(client: Client) -> Doing:
    build_facility()
    return lambda: create_connector("feed", ["NORTH"], now())


@emits(Act.CREDENTIAL_ISSUED)
def credential_issued(client: Client) -> Doing:
    connector = build_connector()
    return lambda: issue_key(connector, now())


@emits(Act.CREDENTIAL_REVOKED)
def credential_revoked(client: Client) -> Doing:
    connector = build_connector()
    issue_key(connector, now())
    return lambda: revoke_keys(connector, now())


@emits(Act.CREDENTIAL_QUARANTINED)
def credential_quarantined(client: Client) -> Doing:
    connector = build_connector()
    prefix = issue_key(connector, now()).prefix
    return lambda: quarantine_key(connector, now(), prefix=prefix)


@emits(Act.PLACE_MADE)
def place_made(client: Client) -> Doing:
    return lambda: add_place(PlaceKind.NETWORK, "ALL", "All", by=None, at=now())


@emits(Act.PLACE_MOVED)
def place_moved(client: Client) -> Doing:
    network = add_place(PlaceKind.NETWORK, "ALL", "All", by=None, at=now())
    facility = Place.objects.get(facility=build_facility())
    return lambda: belong(facility, to=network, by=None, at=now(), reason=WHY)


@emits(Act.PLACE_RENAMED)
def place_renamed(client: Client) -> Doing:
    facility = Place.objects.get(facility=build_facility())
    return lambda: rename(facility, "Nord", since=now().date(), by=None, at=now(), reason=WHY)


@emits(Act.PLACE_ENDED)
def place_ended(client: Client) -> Doing:
    facility = Place.objects.get(facility=build_facility())
    return lambda: end_place(facility, last=now().date(), by=None, at=now(), reason=WHY)


@emits(Act.PLACE_OWNED)
def place_owned(client: Client) -> Doing:
    facility = Place.objects.get(facility=build_facility())
    return lambda: answer_for(facility, owner="Board", steward="", by=None, at=now(), reason=WHY)


@emits(Act.REFERENCE_CHANGED)
def reference_changed(client: Client) -> Doing:
    return lambda: know("payer", "BLUE")


@emits(Act.CODE_MAPPED)
def code_mapped(client: Client) -> Doing:
    named, north = Named(FACILITY, "npi", "9000000601"), Target(facility_id=build_facility().pk)
    return lambda: mean(named, north, reason=WHY, by=None, at=now())


def seal_key_added(settings: Settings, folder: Path) -> Doing:
    """Kept in a file, not in the database; so the test brings its place."""
    settings.SEAL_KEYS_FILE = str(_ring(folder))
    return lambda: seal_keys.add("new", at=now())


def seal_key_dropped(settings: Settings, folder: Path) -> Doing:
    """The same of a key that nothing stands under."""
    settings.SEAL_KEYS_FILE = str(_ring(folder, "first:" + "B" * 43 + "=\n" + RING))
    return lambda: seal_keys.drop("old", at=now())


def _ring(folder: Path, text: str = RING) -> Path:
    file = folder / "seal.keys"
    file.write_text(text)
    file.chmod(0o600)
    os.utime(file, (0, 0))  # settled long ago
    return file


def _give(client: Client, role: Role) -> int:
    """Let an administrator of every facility be signed in, and somebody hold `role`; return its grant."""
    ada = build_user("ada")
    build_facility()
    grant(ada, Role.ADMINISTRATOR, at=None)
    sign_in(client, ada)
    return int(build_user("bob", role=role).grants.get().pk)


@emits(Act.GRANTED)
def granted(client: Client) -> Doing:
    _give(client, Role.SUPPORT)
    said = {"role": "engineer", "where": f"facility-{build_facility().pk}", "reason": WHY}
    return lambda: client.post("/access/people/bob/give/", said)


@emits(Act.GRANT_ENDED)
def grant_ended(client: Client) -> Doing:
    id = _give(client, Role.SUPPORT)
    return lambda: client.post(f"/access/grants/{id}/end/", {"reason": WHY})


@emits(Act.GRANT_REVIEWED)
def grant_reviewed(client: Client) -> Doing:
    id = _give(client, Role.SUPPORT)
    return lambda: client.post(f"/access/grants/{id}/reviewed/")


_visit(Act.GLASS_OPENED, Role.SUPPORT, lambda: "/access/glass/", facility="SOUTH", reason=WHY)


def _opened(**more: Any) -> OpenedGlass:
    at = now()
    return OpenedGlass.objects.create(
        facility_id=build_facility("SOUTH").pk,
        reason=WHY,
        opened_at=at,
        expires_at=at + timedelta(hours=1),
        **more,
    )


@emits(Act.GLASS_VIEWED)
def glass_viewed(client: Client) -> Doing:
    user = build_user(role=Role.SUPPORT)
    _opened(user=user)
    sign_in(client, user)
    return lambda: client.get("/transactions/")


@emits(Act.GLASS_ENDED)
def glass_ended(client: Client) -> Doing:
    user = build_user(role=Role.SUPPORT)
    id = _opened(user=user).pk
    sign_in(client, user)
    return lambda: client.post(f"/access/glass/{id}/end/")


@emits(Act.GLASS_ACKNOWLEDGED)
def glass_acknowledged(client: Client) -> Doing:
    _give(client, Role.SUPPORT)
    id = _opened(user=build_user(f"somebody-{uuid4().hex}")).pk
    return lambda: client.post(f"/access/alarms/{id}/acknowledge/")
