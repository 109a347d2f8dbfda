"""System checks: what is wrong with this installation's settings, in words, with the fix."""

from collections.abc import Callable, Sequence
from pathlib import Path

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured

from integrations.catalogue import retention
from observability.accounts.factors import policy
from observability.accounts.roles import Role
from observability.core import db_roles, keyring, outbound

E_ZONE = "throughline.E001"
E_SECRET_KEY = "throughline.E002"  # noqa: S105 - the id of a check
E_ID_KEY = "throughline.E003"
E_SEAL_KEYS = "throughline.E004"
E_DEBUG = "throughline.E005"
E_DEMO = "throughline.E006"
E_PLAIN = "throughline.E007"
E_KEY_FILE = "throughline.E008"
E_AUDIT_KEYS = "throughline.E009"
E_ANCHORS = "throughline.E010"
E_MFA_ROLES = "throughline.E011"
E_OIDC = "throughline.E012"
W_MFA_ROLES = "throughline.W001"
W_OWNER = "throughline.W002"
E_RETENTION = "throughline.E015"


@register(Tags.compatibility)
def runs_in_utc(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Times are stored and compared in UTC; facilities have zones of their own."""
    if settings.TIME_ZONE == "UTC" and settings.USE_TZ:
        return []
    return [Error("Django must run in UTC.", hint="Set TIME_ZONE = 'UTC' and USE_TZ = True.", id=E_ZONE)]


@register(Tags.security, deploy=True)
def keys_are_its_own(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """A production installation has keys that nobody else knows."""
    found: list[CheckMessage] = []
    hint = "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(%d))'"
    if settings.SECRET_KEY.startswith("insecure-"):
        found.append(Error("THROUGHLINE_SECRET_KEY is the development key.", hint=hint % 50, id=E_SECRET_KEY))
    found += [
        Error(f"THROUGHLINE_{name} is the development key.", hint=hint % 32, id=E_ID_KEY)
        for name in ("ID_KEY", "VEIL_KEY")  # the second is what the first was, once that was replaced
        if getattr(settings, name) == settings.DEVELOPMENT_KEY
    ]
    development = keyring.decoded("DEVELOPMENT_KEY", settings.DEVELOPMENT_KEY)
    for name, id in (("SEAL_KEYS", E_SEAL_KEYS), ("AUDIT_KEYS", E_AUDIT_KEYS)):
        if development in _ring(name):
            words = f"THROUGHLINE_{name} holds the development key."
            found.append(Error(words, hint=hint % 32, id=id))
    return found


def _ring(name: str) -> list[bytes]:
    """Return the keys of a ring; none where it cannot be read, which another check says."""
    try:
        return list(keyring.RingReader(name).ring().keys.values())
    except (OSError, ImproperlyConfigured):
        return []


@register(Tags.compatibility)
def nothing_is_kept_too_short(
    app_configs: Sequence[AppConfig] | None, **kwargs: object
) -> list[CheckMessage]:
    """The days of each class of data are at least those that the table allows."""
    try:
        retention.version()
    except retention.BadPolicy as exc:
        return [Error(f"Retention: {exc}.", hint="See docs/retention.md.", id=E_RETENTION)]
    return []


@register(Tags.security, deploy=True)
def audit_is_anchored(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """A cut end of the audit chain is noticed only by what is written down outside the database."""
    folder = str(settings.AUDIT_ANCHORS_DIR).strip()
    if folder and Path(folder).is_absolute():
        return []
    said = "is not an absolute path" if folder else "is not set, or empty"
    words = f"THROUGHLINE_AUDIT_ANCHORS_DIR {said}: nobody would notice a cut end of the audit."
    hint = "Name a folder that the database's administrator cannot write."
    return [Error(words, hint=hint, id=E_ANCHORS)]


@register(Tags.security, deploy=True)
def audit_has_another_owner(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """A login that owns the audit tables can drop what keeps their rows."""
    if settings.DATABASE_OWNER["USER"] != db_roles.APPLICATION:
        return []
    words = (
        "The product works under the login that owns the audit tables, and could change their rows"
        " and drop whole days of data outside of the purge."
    )
    return [Warning(words, hint="Set DATABASE_OWNER_URL, see docs/audit.md.", id=W_OWNER)]


@register(Tags.security)
def second_factors_are_of_roles(
    app_configs: Sequence[AppConfig] | None, **kwargs: object
) -> list[CheckMessage]:
    """A misspelt role would let its people in by a password alone."""
    try:
        policy.roles()
    except ValueError:
        hint = f"Name some of: all, {', '.join(Role)}."
        return [Error("THROUGHLINE_MFA_ROLES names something that is no role.", hint=hint, id=E_MFA_ROLES)]
    return []


@register(Tags.security)
def oidc_is_whole(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """A provider is named whole, and what is sent to it stays secret on the way; half of one is a mistake."""
    issuer, client = settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID
    if not issuer and not client:
        return []
    if issuer and client and outbound.is_safe(issuer) and "openid" in settings.OIDC_SCOPES:
        return []
    hint = "Set THROUGHLINE_OIDC_ISSUER (https) and _CLIENT_ID together, and openid among the scopes."
    return [Error("The organisation's own sign-in is half configured.", hint=hint, id=E_OIDC)]


@register(Tags.security, deploy=True)
def everybody_has_a_second_factor(
    app_configs: Sequence[AppConfig] | None, **kwargs: object
) -> list[CheckMessage]:
    """One door with a password alone is the one that is found."""
    if second_factors_are_of_roles(None) or policy.roles() == set(Role):
        return []
    hint = "Leave THROUGHLINE_MFA_ROLES unset, or silence this where another door asks for the second factor."
    return [Warning("Some roles sign in with a password alone.", hint=hint, id=W_MFA_ROLES)]


@register(Tags.security)
def keys_can_be_read(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """The files of keys are there, well-formed, and open to nobody else."""
    found: list[CheckMessage] = []
    reads: list[Callable[[], object]] = [keyring.id_key, keyring.veil_key]
    reads += [keyring.RingReader(name).ring for name in ("SEAL_KEYS", "AUDIT_KEYS")]
    for read in reads:
        try:
            read()
        except ImproperlyConfigured as exc:
            found.append(Error(f"{exc}.", hint="See docs/keys.md.", id=E_KEY_FILE))
        except OSError:
            found.append(Error("A file of keys cannot be read.", hint="See docs/keys.md.", id=E_KEY_FILE))
    return found


@register(Tags.security, deploy=True)
def is_no_workbench(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """A production installation shows no tracebacks, has no demo people and is served over TLS."""
    found: list[CheckMessage] = []
    if settings.DEBUG:
        found.append(Error("THROUGHLINE_DEBUG is on.", hint="Leave it unset.", id=E_DEBUG))
    if settings.DEMO:
        found.append(
            Error(
                "THROUGHLINE_DEMO is on: the sign-in page shows sign-ins.", hint="Leave it unset.", id=E_DEMO
            )
        )
    if not settings.SECURE:
        found.append(
            Error(
                "THROUGHLINE_SECURE is off: cookies would go over unencrypted connections.",
                hint="Serve over TLS and set it to true.",
                id=E_PLAIN,
            )
        )
    return found
