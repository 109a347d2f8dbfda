"""Send somebody to the provider, and read what they bring back: the code flow with PKCE, state and nonce."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from observability.accounts.oidc import tokens
from observability.accounts.oidc.provider import Provider, Unusable, provider
from observability.accounts.oidc.tokens import BadToken, Claims, UnknownKey
from observability.core import outbound

# What was asked, signed, in the browser that asks: whoever only knocks leaves no row behind.
COOKIE = "__Host-oidc" if settings.SECURE else "oidc"
SALT = "observability.accounts.oidc.2"
ANSWER_SECONDS = 600
# Asks them anew, whatever session they have there (Core 1.0, 3.1.2.1); the token says when they answered.
ANEW = {"prompt": "login", "max_age": "0"}
MOST_WANTED = 1_000  # letters of an address to go on to; a browser keeps no longer cookie


class NotAsked(Exception):
    """Nobody was sent to the provider from this browser, or it was answered already."""


class NotProven(Exception):
    """The provider did not prove who it is; `why` is a code of ours for the audit, never shown."""

    def __init__(self, why: str) -> None:
        super().__init__()
        self.why = why


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider says of somebody, where they wanted to be, and of whom and when it was asked."""

    claims: Claims
    wanted: str
    who: str
    asked_at: float


def ask(request: HttpRequest, *, wanted: str, at: datetime, who: str = "") -> HttpResponse:
    """Send this browser to the provider, with what was asked. Raises NotProven.

    `who` is the id of somebody signed in who is to prove again that it is them; empty to sign somebody in.
    """
    try:
        found = provider()
    except Unusable as exc:
        raise NotProven("unreachable") from exc
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
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
        **(ANEW if who else {}),
    }
    sign = "&" if "?" in found.authorize_url else "?"
    response = HttpResponseRedirect(f"{found.authorize_url}{sign}{urlencode(asked)}")
    kept = {
        "state": state,
        "nonce": nonce,
        "verifier": verifier,
        "wanted": wanted if len(wanted) <= MOST_WANTED else "",
        "who": who,
        "at": str(at.timestamp()),
    }
    response.set_cookie(
        COOKIE,
        signing.dumps(kept, salt=SALT),
        max_age=ANSWER_SECONDS,
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def asked_here(request: HttpRequest) -> dict[str, str]:
    """Return what this browser was sent away with. Raises NotAsked, and NotProven once it is late."""
    try:
        kept: dict[str, str] = signing.loads(
            request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=ANSWER_SECONDS
        )
    except signing.SignatureExpired as exc:
        raise NotProven("late") from exc
    except signing.BadSignature as exc:
        raise NotAsked from exc
    return kept


def answered(request: HttpRequest) -> Answer:
    """Return what the provider says of whoever comes back. Raises NotAsked and NotProven."""
    asked = asked_here(request)
    state, code = request.GET.get("state", ""), request.GET.get("code", "")
    if not hmac.compare_digest(asked["state"].encode(), state.encode()):
        raise NotProven("state")
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
        claims = _claims(token, found, asked["nonce"])
        return Answer(claims, asked["wanted"], asked["who"], float(asked["at"]))
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
