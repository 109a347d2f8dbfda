"""Every Django setting, for all environments; values come from the environment.

People and browsers: settings_security. Ingest, correlation, measures: settings_pipeline.

Each setting is described in docs/settings.md, which a test holds complete.
"""

from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from observability import env, logs
from observability.embedded.discovery import Servers, servers
from observability.settings_pipeline import *  # noqa: F403
from observability.settings_security import *  # noqa: F403

BASE_DIR = Path(__file__).resolve().parent.parent


def _servers() -> Servers:
    """Return where database, broker and audit anchors are: as the environment says, else an embedded pair."""
    database, redis = env.text("DATABASE_URL", ""), env.text("REDIS_URL", "")
    found = (None if database and redis else servers()) or Servers()
    return Servers(
        database_url=database or found.database_url,
        redis_url=redis or found.redis_url,
        # Who names only a database works as one login.
        owner_url=env.text("DATABASE_OWNER_URL", "") or database or found.owner_url or found.database_url,
        anchors_dir=env.text("THROUGHLINE_AUDIT_ANCHORS_DIR", found.anchors_dir),
    )


def _database(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    options: dict[str, object] = {
        "server_side_binding": False,
        "options": "-c timezone=UTC -c lock_timeout=10s",
    }
    if PROCESS == "web":
        # By its own wont the pool waits for minutes between tries after an outage, long over by then.
        wait = DB_POOL_WAIT_SECONDS
        options["pool"] = {
            "min_size": 1, "max_size": DB_POOL_SIZE, "timeout": wait, "reconnect_timeout": wait
        }  # fmt: skip
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "throughline",
        "USER": unquote(parts.username or query.get("user", "")),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host", parts.hostname or ""),
        "PORT": str(parts.port or query.get("port", "")),
        # A pool and lasting connections exclude each other; workers keep theirs (a pool is closed per task).
        "CONN_MAX_AGE": 0 if PROCESS == "web" else None,
        # Asked before each use: after the database was restarted no request meets a dead connection.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


# --- the installation -------------------------------------------------------------------------------
DEBUG = env.boolean("THROUGHLINE_DEBUG", False)
# web: has a connection pool. Anything else (worker, beat, a command) keeps one connection.
PROCESS = env.text("THROUGHLINE_PROCESS", "command")
SECRET_KEY = env.text("THROUGHLINE_SECRET_KEY", "insecure-development-key-0123456789-abcdefghij-klmnopqrst")
ALLOWED_HOSTS = env.words("THROUGHLINE_HOSTS", "localhost,127.0.0.1,[::1],testserver")
CSRF_TRUSTED_ORIGINS = env.words("THROUGHLINE_ORIGINS", "")
# Under which its ids are unique in the world, where it exports them.
INSTALLATION = CSRF_TRUSTED_ORIGINS[0] if CSRF_TRUSTED_ORIGINS else "http://localhost"

# Keys outside the database. The development values are refused by `check --deploy`.
DEVELOPMENT_KEY = "ZGV2ZWxvcG1lbnQta2V5LW5vdC1mb3ItcHJvZHVjdDE="
ID_KEY = env.text("THROUGHLINE_ID_KEY", DEVELOPMENT_KEY)
ID_KEY_FILE = env.file_of("THROUGHLINE_ID_KEY")
# Pseudonyms, digests and fingerprints, which cannot be made anew: stays when the id key is replaced.
VEIL_KEY = env.text("THROUGHLINE_VEIL_KEY", "")
VEIL_KEY_FILE = env.file_of("THROUGHLINE_VEIL_KEY")
SEAL_KEYS_FILE = env.file_of("THROUGHLINE_SEAL_KEYS")  # looked at again while the service runs
SEAL_KEYS = [] if SEAL_KEYS_FILE else env.words("THROUGHLINE_SEAL_KEYS", f"dev:{DEVELOPMENT_KEY}")
KEY_RING_SECONDS = env.number("THROUGHLINE_KEY_RING_SECONDS", 2)
AUDIT_KEYS_FILE = env.file_of("THROUGHLINE_AUDIT_KEYS")
AUDIT_KEYS = [] if AUDIT_KEYS_FILE else env.words("THROUGHLINE_AUDIT_KEYS", f"dev:{DEVELOPMENT_KEY}")

# --- servers ----------------------------------------------------------------------------------------
DB_POOL_SIZE = env.integer("THROUGHLINE_DB_POOL", 6)
DB_POOL_WAIT_SECONDS = env.number("THROUGHLINE_DB_POOL_WAIT_SECONDS", 5)
SERVERS = _servers()
REDIS_URL = SERVERS.redis_url
DATABASES = {"default": _database(SERVERS.database_url)}
DATABASE_OWNER = _database(SERVERS.owner_url)  # who migrates
AUDIT_ANCHORS_DIR = SERVERS.anchors_dir  # not on the database's disk, best
# How long, at most, a server that lost its durability goes unnoticed.
DURABILITY_CHECK_SECONDS = env.number("THROUGHLINE_DURABILITY_CHECK_SECONDS", 10)
# How long, at most, a page is silent about a broker that is gone or an inbox that grows old.
TROUBLES_SECONDS = env.number("THROUGHLINE_TROUBLES_SECONDS", 10)
SQL_READ_TIMEOUT_MS = env.integer("THROUGHLINE_SQL_READ_TIMEOUT_MS", 5_000)

# --- Django -----------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials.apps.SimpleAppConfig",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "observability",
    "observability.accounts",
    "integrations",
    "tracing",
    "kpis",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "observability.middleware.request_ids",
    "observability.middleware.headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "observability.middleware.session_limits",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "observability.middleware.ClosedDoors",
    "observability.middleware.ViewersOnlyRead",
]
ROOT_URLCONF = "observability.urls"
WSGI_APPLICATION = "observability.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "builtins": ["template_partials.templatetags.partials"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "observability.context.csp_nonce",
                "observability.shell.shell",
            ],
        },
    }
]
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "observability.core.static.PlotlyFinder",
]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
SILENCED_SYSTEM_CHECKS = [
    # Preloading is a promise for a customer's whole domain, which is not ours to give.
    "security.W021",
]
LOGGING = logs.config(env.text("THROUGHLINE_LOG_LEVEL", "INFO"))

# --- the API's description --------------------------------------------------------------------------
REST_FRAMEWORK: dict[str, object] = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": [],  # nothing is served by it
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS: dict[str, object] = {
    "TITLE": "Throughline: what connectors post",
    "DESCRIPTION": "Authenticate with `Authorization: Bearer <key>`. An answer of 200 means committed.",
    "VERSION": "1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "APPEND_COMPONENTS": {"securitySchemes": {"connectorKey": {"type": "http", "scheme": "bearer"}}},
    "SECURITY": [{"connectorKey": []}],
}
