"""More ways to do acts: walls, sessions and factors, seeing as somebody, exports, holds, group rules."""

from datetime import timedelta

from allauth.mfa.models import Authenticator
from django.test import Client, RequestFactory

from integrations.models import LegalHold
from integrations.retention import holds
from observability.accounts import adding, displays, groups, protecting
from observability.accounts.audit import Act
from observability.accounts.factors import changing
from observability.accounts.granting import Terms
from observability.accounts.models import SensitiveDepartment, User
from observability.accounts.oidc import linking
from observability.accounts.roles import Permission, Role
from observability.accounts.scopes import Scope, scope_for
from observability.core.clock import now
from tests.audit.acts import WHY, Doing, _give, emits
from tests.build import PASSWORD, build_connector, build_facility, build_user, sign_in
from tests.build.factors import build_app
from tests.build.people import build_display
from tests.build.register import see
from tests.build.tracing import build_merge
from tracing.storage.rekey import rekey


def _ada() -> tuple[User, Scope]:
    """An administrator of NORTH, and where she decides on access."""
    ada = build_user("ada", role=Role.ADMINISTRATOR)
    return ada, scope_for(ada, Permission.MANAGE_ACCESS, now())


@emits(Act.DISPLAY_MADE)
def display_made(client: Client) -> Doing:
    ada, scope = _ada()
    north, at = build_facility().pk, now()
    return lambda: displays.make(
        scope=scope, by=ada, name="Lobby", facility_ids=[north], last_day=at.date(), reason=WHY, at=at
    )


@emits(Act.DISPLAY_STARTED)
def display_started(client: Client) -> Doing:
    ada, scope = _ada()
    at = now()
    _, token = displays.make(
        scope=scope,
        by=ada,
        name="Lobby",
        facility_ids=[build_facility().pk],
        last_day=at.date() + timedelta(days=1),
        reason=WHY,
        at=at,
    )
    return lambda: client.post(f"/displays/open/{token}/")


@emits(Act.DISPLAY_ENDED)
def display_ended(client: Client) -> Doing:
    ada, _ = _ada()
    sign_in(client, ada)
    id = build_display("NORTH", made_by=ada).pk
    return lambda: client.post(f"/access/displays/{id}/end/")


@emits(Act.SESSION_ENDED)
def session_ended(client: Client) -> Doing:
    user = build_user()
    sign_in(Client(), user)
    sign_in(client, user)
    return lambda: client.post("/account/sessions/end/", {"all": "1"})


@emits(Act.PASSWORD_ACCEPTED)
def password_accepted(client: Client) -> Doing:
    Authenticator.objects.create(user=build_user(), type=Authenticator.Type.TOTP, data={})
    return lambda: client.post("/sign-in/", {"username": "alice", "password": PASSWORD})


@emits(Act.FACTORS_RESET)
def factors_reset(client: Client) -> Doing:
    _give(client, Role.SUPPORT)
    bob = User.objects.get(username="bob")
    Authenticator.objects.create(user=bob, type=Authenticator.Type.TOTP, data={})
    return lambda: client.post("/access/people/bob/reset-factors/", {"reason": WHY})


@emits(Act.PERSON_ADDED)
def person_added(client: Client) -> Doing:
    return lambda: adding.add(username="cleo", name="Cleo", password=PASSWORD, reason=WHY, at=now())


@emits(Act.PERSON_SWITCHED_OFF)
def person_switched_off(client: Client) -> Doing:
    _give(client, Role.SUPPORT)
    return lambda: client.post("/access/people/bob/switch-off/", {"reason": WHY})


@emits(Act.PERSON_SWITCHED_ON)
def person_switched_on(client: Client) -> Doing:
    _give(client, Role.SUPPORT)
    User.objects.filter(username="bob").update(is_active=False)
    return lambda: client.post("/access/people/bob/switch-on/", {"reason": WHY})


@emits(Act.DEPARTMENT_PROTECTED)
def department_protected(client: Client) -> Doing:
    ada, scope = _ada()
    north = build_facility().pk
    return lambda: protecting.protect(
        scope=scope, facility_id=north, code="DETOX", by=ada, reason=WHY, at=now()
    )


@emits(Act.DEPARTMENT_UNPROTECTED)
def department_unprotected(client: Client) -> Doing:
    department_protected(client)()
    (made,), ada = SensitiveDepartment.objects.all(), User.objects.get(username="ada")
    scope = scope_for(ada, Permission.MANAGE_ACCESS, now())
    return lambda: protecting.unprotect(scope=scope, id=made.pk, by=ada, reason=WHY, at=now())


@emits(Act.HOLD_PLACED)
def hold_placed(client: Client) -> Doing:
    ada, _ = _ada()
    return lambda: holds.place(
        scope=Scope.system(), user=ada, what=holds.Held("A suit"), reason=WHY, at=now()
    )


@emits(Act.HOLD_LIFT_ASKED)
def hold_lift_asked(client: Client) -> Doing:
    hold = hold_placed(client)()
    assert isinstance(hold, LegalHold)
    return lambda: holds.ask_to_lift(
        scope=Scope.system(), user=hold.placed_by, hold=hold, reason=WHY, at=now()
    )


@emits(Act.HOLD_LIFTED)
def hold_lifted(client: Client) -> Doing:
    hold = hold_placed(client)()
    assert isinstance(hold, LegalHold)
    asks = build_user("asks")
    holds.ask_to_lift(scope=Scope.system(), user=asks, hold=hold, reason=WHY, at=now())
    return lambda: holds.lift(scope=Scope.system(), user=hold.placed_by, hold=hold, at=now())


@emits(Act.GROUP_RULES_CHANGED)
def group_rules_changed(client: Client) -> Doing:
    build_facility()
    rule = groups.Rule("support-desk", Terms(role=Role.SUPPORT))
    return lambda: groups.apply([rule], at=now())


@emits(Act.PROPOSAL_DISMISSED)
def proposal_dismissed(client: Client) -> Doing:
    see("system", "sandbox", by=build_connector(), at="NORTH")
    sign_in(client, build_user(role=Role.ENGINEER, at=("NORTH",)))
    return lambda: client.post("/catalogue/worklist/system/sandbox/dismiss/", {"reason": WHY})


@emits(Act.PROPOSAL_RESTORED)
def proposal_restored(client: Client) -> Doing:
    proposal_dismissed(client)()
    return lambda: client.post("/catalogue/worklist/system/sandbox/restore/")


@emits(Act.IDS_REKEYED)
def ids_rekeyed(client: Client) -> Doing:
    return lambda: rekey(b"n" * 32, at=now())


@emits(Act.FACTOR_ADDED)
def factor_added(client: Client) -> Doing:
    user = build_user()
    build_app(user)
    return lambda: changing.new_codes(RequestFactory().get("/"), user, at=now())


@emits(Act.IDENTITY_LINKED)
def identity_linked(client: Client) -> Doing:
    user = build_user()
    return lambda: linking.link(user=user, subject="s-1", reason=WHY, at=now())


@emits(Act.IDENTITY_UNLINKED)
def identity_unlinked(client: Client) -> Doing:
    linking.link(user=build_user(), subject="s-1", reason=WHY, at=now())
    return lambda: linking.unlink(subject="s-1", reason=WHY, at=now())


@emits(Act.KEYS_RESTORED)
def keys_restored(client: Client) -> Doing:
    transaction_id, event_id = build_merge("NORTH")
    sign_in(client, build_user(role=Role.SUPPORT))
    return lambda: client.post(f"/transactions/{transaction_id}/restore/{event_id}/", {"reason": WHY})
