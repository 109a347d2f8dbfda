"""Ways to do acts whose row comes at the end of longer work: walks, purges, names, owed factors."""

from datetime import timedelta
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, transaction
from django.test import Client, RequestFactory

from integrations.models import LocalCode, PurgeRun
from integrations.retention import run
from observability.accounts import audit, signing_in
from observability.accounts.audit import Act
from observability.accounts.scopes import Scope
from observability.auditing import erasing
from observability.core import partitions
from observability.core.clock import now
from tests.audit.acts import WHY, Doing, emits
from tests.build import PASSWORD, build_facility, build_user, sign_in
from tests.build.factors import build_app
from tracing.models import Identifier, Remap
from tracing.retention.days import GAUGES
from tracing.storage import by_hand, remap


@emits(Act.FACTOR_REMOVED)
def factor_removed(client: Client) -> Doing:
    user = build_user()
    sign_in(client, user)
    build_app(user)
    factor = Authenticator.objects.get(user_id=user.pk)
    return lambda: client.post(f"/account/second-factor/{factor.pk}/remove/", {"password": PASSWORD})


@emits(Act.IDENTITY_ACCEPTED)
def identity_accepted(client: Client) -> Doing:
    user = build_user()
    build_app(user)
    request = RequestFactory().get("/")
    request.session = SessionStore()

    def arrive() -> None:
        with transaction.atomic():  # as the door does
            signing_in.sign_in_known(request, user=user, second_factor=False, at=now())

    return arrive


@emits(Act.KEYS_RENAMED)
def keys_renamed(client: Client) -> Doing:
    data = {"kind": "account", "old": "A-1", "new": "A-2"}
    facility, at = build_facility(), now()
    old = UUID(bytes=by_hand._event(by_hand.MERGED, data, facility, at).aliases[0].old)
    Identifier.objects.create(token=old, kind="account", issuer="@NORTH", last="-1", sealed=b"")
    return lambda: by_hand.rename(
        by_hand.MERGED, data, scope=Scope.system(), user=None, facility=facility, reason=WHY, at=at
    )


@emits(Act.ROWS_MOVED)
def rows_moved(client: Client) -> Doing:
    at = now()
    code = LocalCode.objects.create(kind="facility", authority="npi", code="1999999984")
    made = at - timedelta(hours=1)
    Remap.objects.create(code=code, made_at=made, reason=WHY, walks=remap.WALKS - 1)
    return lambda: remap.go_on(at)


@emits(Act.PURGED)
def purged(client: Client) -> Doing:
    at = now()
    taken = PurgeRun.objects.create(
        data_class="spans", policy="1", cutoff=at, started_at=at, counts={"span": 3}, batches=1
    )
    return lambda: run._finish(taken, at)


@emits(Act.DAY_DROPPED)
def day_dropped(client: Client) -> Doing:
    at = now()
    partitions.ensure_days("gauge", [(at - timedelta(days=900)).date()])
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO gauge VALUES (%s, 'depth', 's', 1, 1, 1, '{}')", [at - timedelta(days=900)]
        )

    def take() -> None:
        with transaction.atomic():  # as a batch of the purge does
            GAUGES.take(cutoff=at - timedelta(days=90), at=at, run_id=1, position={})

    return take


@emits(Act.WORDS_ERASED)
def words_erased(client: Client) -> Doing:
    with transaction.atomic():
        said = audit.record(Act.GRANTED, user=None, object_type="grant", object_id=1, at=now(), reason=WHY)
    return lambda: erasing.erase_words(said.seq, reason=WHY, at=now())
