"""Send somebody to the provider, and read what they bring back: the code flow with PKCE, state and nonce."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from observability.accounts.oidc import tokens
from observability.accounts.oidc.provider import Provider, Unusable, provider
from observability.accounts.oidc.tokens import BadToken, Claims, UnknownKey
from observability.core import outbound

KEY = "oidc"  # what was asked, in the session of the browser that asks
ANSWER_SECONDS = 600


class NotProven(Exception):
    """The provider did not prove who it is; `why` is a code of ours for the audit, never shown."""

    def __init__(self, why: str) -> None:
        super().__init__()
        self.why = why


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider says of somebody, and where they wanted to be."""

    claims: Claims
    wanted: str


def ask(request: HttpRequest, *, wanted: str, at: datetime) -> str:
    """Return the provider's address for this browser, and remember what was asked. Raises NotProven."""
    try:
        found = provider()
    except Unusable as exc:
        raise NotProven("unreachable") from exc
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    request.session[KEY] = {
        "state": state,
        "nonce": nonce,
        "verifier": verifier,
        "wanted": wanted,
        "at": at.timestamp(),
    }
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": settings.OIDC_CLIENT_ID,
        "redirect_uri": _back_to(request),
        "scope": " ".join(settings.OIDC_SCOPES),
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    sign = "&" if "?" in found.authorize_url else "?"
    return f"{found.authorize_url}{sign}{urlencode(asked)}"


def answered(request: HttpRequest, *, at: datetime) -> Answer:
    """Return what the provider says of whoever comes back, once. Raises NotProven."""
    asked = request.session.pop(KEY, None)
    state, code = request.GET.get("state", ""), request.GET.get("code", "")
    if asked is None or not hmac.compare_digest(asked["state"].encode(), state.encode()):
        raise NotProven("state")
    if not 0 <= at.timestamp() - asked["at"] <= ANSWER_SECONDS:
        raise NotProven("late")
    # RFC 9207: an answer that names another issuer was mixed up with that one's.
    if (
        not code
        or "error" in request.GET
        or request.GET.get("iss", settings.OIDC_ISSUER) != settings.OIDC_ISSUER
    ):
        raise NotProven("provider_said_no")
    try:
        found = provider()
        token = _token(request, found, code, asked["verifier"])
        return Answer(_claims(token, found, asked["nonce"]), asked["wanted"])
    except (Unusable, outbound.Unreachable) as exc:
        raise NotProven("unreachable") from exc
    except tokens.GroupsElsewhere as exc:
        raise NotProven("groups_elsewhere") from exc
    except BadToken as exc:
        raise NotProven("token") from exc


def _token(request: HttpRequest, found: Provider, code: str, verifier: str) -> str:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": _back_to(request),
        "code_verifier": verifier,
        "client_id": settings.OIDC_CLIENT_ID,
    }
    name, secret = settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET
    auth = None
    if secret and found.posts_secret:
        form["client_secret"] = secret
    elif secret:
        auth = (quote(name, safe=""), quote(secret, safe=""))  # RFC 6749, 2.3.1
    token = outbound.post_form(found.token_url, form, auth=auth).get("id_token")
    if not isinstance(token, str):
        raise BadToken
    return token


def _claims(token: str, found: Provider, nonce: str) -> Claims:
    def read(keys: Provider) -> Claims:
        return tokens.claims_of(
            token,
            keys.keys,
            issuer=keys.issuer,
            client_id=settings.OIDC_CLIENT_ID,
            nonce=nonce,
            groups_claim=settings.OIDC_GROUPS_CLAIM,
        )

    try:
        return read(found)
    except UnknownKey:  # the provider has a new one
        return read(provider(unknown_key=True))


def _back_to(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("accounts:oidc-answer"))
