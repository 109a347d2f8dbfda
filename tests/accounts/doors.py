"""Every URL of the product, with what opens it; a URL that is missing here fails the access test."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from uuid import uuid4

from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver

from integrations.models import LegalHold, LocalCode, Place
from observability.accounts import audit
from observability.accounts.models import OpenedGlass, SensitiveDepartment
from observability.accounts.roles import Permission, Role
from observability.core.clock import now
from tests.build import build_connector, build_facility, build_merge, build_transaction, build_user
from tests.build.people import build_display
from tests.build.reference import know
from tests.build.register import declare_flow, see
from tracing.models import UnmappedCode

Arguments = Mapping[str, object]


def nothing() -> Arguments:
    """A URL without arguments."""
    return {}


@dataclass(frozen=True, slots=True)
class Door:
    """What opens a URL; `theirs` makes an object of SOUTH and returns the arguments that name it."""

    permission: Permission | None = None
    key: bool = False  # opened by a connector's key
    theirs: Callable[[], Arguments] = nothing
    arguments: Mapping[str, object] = field(default_factory=dict)  # those that name nobody's object
    anybody: Callable[[], Arguments] = nothing  # makes an object that belongs to no facility
    write: Mapping[str, str] = field(default_factory=dict)  # a well-formed form, where it takes one


def their_transaction() -> Arguments:
    """The arguments that name a transaction of SOUTH."""
    return {"transaction_id": build_transaction("SOUTH").pk}


def their_merge() -> Arguments:
    """The arguments that name a merge of keys of a transaction of SOUTH."""
    transaction_id, event_id = build_merge("SOUTH")
    return {"transaction_id": transaction_id, "event_id": event_id}


def their_connector() -> Arguments:
    """The arguments that name a connector of SOUTH."""
    return {"name": build_connector(f"southern-{uuid4().hex}", facilities=("SOUTH",)).name}


def their_entry() -> Arguments:
    """The arguments that name an interface of SOUTH."""
    return {"sort": "interface", "code": declare_flow(f"southern-{uuid4().hex}", at=("SOUTH",))}


def their_place() -> Arguments:
    """The arguments that name the place of SOUTH."""
    return {"place_id": Place.objects.get(facility=build_facility("SOUTH")).pk}


def their_sighting() -> Arguments:
    """The arguments that name an interface that is seen at SOUTH and not declared."""
    code = f"southern-{uuid4().hex}"
    see("interface", code, at="SOUTH", by=build_connector(code, facilities=("SOUTH",)))
    return {"sort": "interface", "code": code}


def an_entity() -> Arguments:
    """The arguments that name a reference entity, which is the same at every facility."""
    return {"kind": "payer", "code": know("payer", f"P-{uuid4().hex}")}


def anybody() -> Arguments:
    """The arguments that name a person who holds nothing."""
    return {"username": build_user(f"somebody-{uuid4().hex}").username}


def their_grant() -> Arguments:
    """The arguments that name a grant at SOUTH."""
    user = build_user(f"someone-{uuid4().hex}", role=Role.SUPPORT, at=("SOUTH",))
    return {"grant_id": user.grants.get().pk}


def their_hold() -> Arguments:
    """The arguments that name a legal hold on SOUTH."""
    by, facility = build_user(f"counsel-{uuid4().hex}"), build_facility("SOUTH")
    hold = LegalHold.objects.create(
        name="southern matter", reason="A suit", facility=facility, placed_by=by, placed_at=now()
    )
    return {"hold_id": hold.pk}


def their_alarm() -> Arguments:
    """The arguments that name a glass that was opened at SOUTH."""
    opened = OpenedGlass.objects.create(
        user=build_user(f"someone-{uuid4().hex}"),
        facility_id=build_facility("SOUTH").pk,
        reason="A call at night",
        opened_at=now(),
        expires_at=now(),
    )
    return {"glass_id": opened.pk}


def their_department() -> Arguments:
    """The arguments that name a sensitive department of SOUTH."""
    facility_id = build_facility("SOUTH").pk
    made, _ = SensitiveDepartment.objects.get_or_create(facility_id=facility_id, code="SOUTH-DETOX")
    return {"department_id": made.pk}


def their_display() -> Arguments:
    """The arguments that name a display of SOUTH."""
    return {"display_id": build_display("SOUTH").pk}


def their_act() -> Arguments:
    """The arguments that name an audit row that concerns SOUTH."""
    with transaction.atomic():
        row = audit.record(
            audit.Act.REVEALED,
            user=None,
            object_type="transaction",
            object_id=uuid4(),
            at=now(),
            facility_ids=[build_facility("SOUTH").pk],
        )
    return {"seq": row.seq}


def their_code() -> Arguments:
    """The arguments that name an unmapped code whose events stand at SOUTH."""
    code = LocalCode.objects.create(kind="facility", authority="npi", code=uuid4().hex)
    place, when = build_facility("SOUTH").pk, dict.fromkeys(("first_at", "last_at"), now())
    UnmappedCode.objects.create(
        code=code, facility_id=place, workflow="claim", connector_ids=[], events=1, transactions=1, **when
    )
    return {"code_id": code.pk}


DOORS: dict[str, Door] = {
    "livez": Door(),
    "readyz": Door(),
    "accounts:sign-in": Door(),
    "accounts:oidc": Door(),
    "accounts:oidc-answer": Door(),
    "accounts:sign-out": Door(),
    "accounts:account": Door(),
    "accounts:end-sessions": Door(),
    "accounts:open-display": Door(arguments={"token": "secret:signature"}),
    "accounts:display-over": Door(),
    "accounts:second-factor": Door(),
    "accounts:enrol": Door(),
    "accounts:add-app": Door(),
    "accounts:add-key": Door(),
    "accounts:oidc-again": Door(),
    "accounts:recovery-codes": Door(),
    "accounts:remove-factor": Door(arguments={"factor_id": 1}),
    "accounts:reset-factors": Door(
        Permission.MANAGE_ACCESS, anybody=anybody, write={"reason": "Lost the telephone"}
    ),
    "accounts:switch-off": Door(
        Permission.MANAGE_ACCESS, anybody=anybody, write={"reason": "Left the organisation"}
    ),
    "accounts:switch-on": Door(
        Permission.MANAGE_ACCESS, anybody=anybody, write={"reason": "Came back from a leave"}
    ),
    "accounts:access": Door(Permission.SEE_ACCESS),
    "accounts:person": Door(Permission.SEE_ACCESS, anybody=anybody),
    "accounts:sees": Door(Permission.MANAGE_ACCESS, anybody=anybody, write={"address": "/transactions/"}),
    "accounts:would": Door(Permission.MANAGE_ACCESS, write={"role": "support", "where": "everywhere"}),
    "accounts:begin-viewing": Door(Permission.MANAGE_ACCESS, anybody=anybody, write={"reason": "short"}),
    "accounts:end-viewing": Door(),
    "accounts:give": Door(
        Permission.MANAGE_ACCESS, anybody=anybody, write={"role": "support", "where": "everywhere"}
    ),
    "accounts:end-grant": Door(Permission.MANAGE_ACCESS, theirs=their_grant, write={"reason": "Left in May"}),
    "accounts:mark-reviewed": Door(Permission.MANAGE_ACCESS, theirs=their_grant),
    "accounts:access-review": Door(Permission.SEE_ACCESS),
    "accounts:access-export": Door(Permission.SEE_ACCESS),
    "accounts:acknowledge": Door(Permission.SEE_ACCESS, theirs=their_alarm),
    "accounts:groups": Door(Permission.SEE_ACCESS),
    "accounts:plan-groups": Door(Permission.MANAGE_ACCESS, write={"rules": "group,role"}),
    "accounts:apply-groups": Door(Permission.MANAGE_ACCESS, write={"rules": "group,role"}),
    "accounts:departments": Door(Permission.SEE_ACCESS),
    "accounts:protect-department": Door(Permission.MANAGE_ACCESS, write={"facility": "none"}),
    "accounts:unprotect-department": Door(
        Permission.MANAGE_ACCESS, theirs=their_department, write={"reason": "It has been closed"}
    ),
    "accounts:displays": Door(Permission.SEE_ACCESS),
    "accounts:make-display": Door(Permission.MANAGE_ACCESS, write={"name": "Lobby"}),
    "accounts:end-display": Door(Permission.MANAGE_ACCESS, theirs=their_display),
    "accounts:glass": Door(Permission.BREAK_GLASS, write={"facility": "NONE"}),
    "accounts:end-glass": Door(Permission.BREAK_GLASS, arguments={"glass_id": 1}),
    "tracing:transactions": Door(Permission.SEE_TRANSACTIONS),
    "tracing:search": Door(Permission.SEE_TRANSACTIONS, write={"q": "CLM-1"}),
    "tracing:transaction": Door(Permission.SEE_TRANSACTIONS, theirs=their_transaction),
    "tracing:reveal": Door(
        Permission.REVEAL, theirs=their_transaction, write={"reason": "A call from the payer about it"}
    ),
    "audit:rows": Door(Permission.SEE_AUDIT),
    "audit:search": Door(Permission.SEE_AUDIT, write={"identifier": "CLM-1"}),
    "audit:row": Door(Permission.SEE_AUDIT, theirs=their_act),
    "audit:export": Door(Permission.SEE_AUDIT, arguments={"form": "csv"}),
    "integrations:retention": Door(Permission.SEE_RETENTION),
    "integrations:hold-place": Door(Permission.MANAGE_HOLDS, write={"reason": "A suit is filed"}),
    "integrations:hold-ask": Door(
        Permission.MANAGE_HOLDS, theirs=their_hold, write={"reason": "It is settled now"}
    ),
    "integrations:hold-lift": Door(Permission.MANAGE_HOLDS, theirs=their_hold),
    "tracing:merge": Door(
        Permission.MERGE_KEYS,
        theirs=their_transaction,
        write={"token": "", "new": "A-2", "reason": "Registered twice"},
    ),
    "tracing:restore": Door(
        Permission.MERGE_KEYS, theirs=their_merge, write={"reason": "It was another patient"}
    ),
    "tracing:unmapped": Door(Permission.SEE_CATALOGUE),
    "tracing:crosswalk": Door(Permission.SEE_CATALOGUE),
    "tracing:crosswalk-export": Door(Permission.SEE_CATALOGUE, arguments={"form": "csv"}),
    "tracing:crosswalk-import": Door(Permission.MANAGE_CATALOGUE),
    "tracing:crosswalk-plan": Door(Permission.MANAGE_CATALOGUE, arguments={"plan_id": uuid4()}),
    "tracing:crosswalk-apply": Door(Permission.MANAGE_CATALOGUE, arguments={"plan_id": uuid4()}),
    "tracing:crosswalk-code": Door(Permission.SEE_CATALOGUE, theirs=their_code),
    "tracing:crosswalk-change": Door(
        Permission.MANAGE_CATALOGUE,
        theirs=their_code,
        write={"target": "not ours", "reason": "Theirs, not ours"},
    ),
    "integrations:inventory": Door(Permission.SEE_INVENTORY),
    "integrations:inventory-export": Door(Permission.SEE_INVENTORY),
    "integrations:connectors": Door(Permission.SEE_CONNECTORS),
    "integrations:connector": Door(Permission.SEE_CONNECTORS, theirs=their_connector),
    "integrations:catalogue": Door(Permission.SEE_CATALOGUE),
    "integrations:worklist": Door(Permission.SEE_CATALOGUE),
    "integrations:proposal": Door(Permission.SEE_CATALOGUE, theirs=their_sighting),
    "integrations:proposal-dismiss": Door(
        Permission.MANAGE_CATALOGUE, theirs=their_sighting, write={"reason": "a system of the test lab"}
    ),
    "integrations:proposal-restore": Door(Permission.MANAGE_CATALOGUE, theirs=their_sighting),
    "integrations:catalogue-entry": Door(Permission.SEE_CATALOGUE, theirs=their_entry),
    "integrations:catalogue-export": Door(Permission.SEE_CATALOGUE, arguments={"form": "csv"}),
    "integrations:catalogue-new": Door(Permission.MANAGE_CATALOGUE, arguments={"sort": "system"}),
    "integrations:catalogue-edit": Door(Permission.MANAGE_CATALOGUE, theirs=their_entry),
    "integrations:catalogue-import": Door(Permission.MANAGE_CATALOGUE),
    "integrations:catalogue-plan": Door(Permission.MANAGE_CATALOGUE, arguments={"plan_id": uuid4()}),
    "integrations:catalogue-apply": Door(Permission.MANAGE_CATALOGUE, arguments={"plan_id": uuid4()}),
    "integrations:places": Door(Permission.SEE_CATALOGUE),
    "integrations:place": Door(Permission.SEE_CATALOGUE, theirs=their_place),
    "integrations:place-new": Door(Permission.MANAGE_CATALOGUE, write={"kind": "region"}),
    "integrations:place-act": Door(
        Permission.MANAGE_CATALOGUE,
        theirs=their_place,
        arguments={"verb": "end"},
        write={"last": "2026-03-31"},
    ),
    "integrations:reference": Door(Permission.SEE_CATALOGUE),
    "integrations:reference-kind": Door(Permission.SEE_CATALOGUE, arguments={"kind": "payer"}),
    "integrations:reference-entity": Door(Permission.SEE_CATALOGUE, anybody=an_entity),
    "integrations:reference-export": Door(Permission.SEE_CATALOGUE, arguments={"form": "csv"}),
    "integrations:reference-new": Door(Permission.MANAGE_CATALOGUE, arguments={"kind": "payer"}),
    "integrations:reference-edit": Door(Permission.MANAGE_CATALOGUE, anybody=an_entity),
    "integrations:reference-import": Door(Permission.MANAGE_CATALOGUE),
    "integrations:reference-plan": Door(Permission.MANAGE_CATALOGUE, arguments={"plan_id": uuid4()}),
    "integrations:reference-apply": Door(Permission.MANAGE_CATALOGUE, arguments={"plan_id": uuid4()}),
    "api-docs": Door(Permission.SEE_API_DOCS),
    "api-schema": Door(Permission.SEE_API_DOCS),
    "otlp": Door(key=True, arguments={"signal": "traces"}),
    "events": Door(key=True),
    "heartbeats": Door(key=True),
    "receipt": Door(key=True, arguments={"receipt_id": uuid4()}),
    "kpis:board": Door(Permission.SEE_BOARD),
    "kpis:measure": Door(Permission.SEE_BOARD, arguments={"key": "K01"}),
    "kpis:counts": Door(Permission.SEE_BOARD, arguments={"key": "K01"}),
    "kpis:transactions": Door(Permission.SEE_TRANSACTIONS, arguments={"key": "K01"}),
}


def every_url() -> Iterator[tuple[str, URLPattern]]:
    """Return name and pattern of every URL that the resolver knows."""
    yield from _below(get_resolver().url_patterns, "")


def _below(patterns: list[URLPattern | URLResolver], space: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _below(
                pattern.url_patterns, f"{space}{pattern.namespace}:" if pattern.namespace else space
            )
        else:
            yield f"{space}{pattern.name}", pattern
