"""Every Django setting, one module for all environments; values come from the environment.

Each setting is described in docs/settings.md, which a test holds complete.
"""

from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONCE, NONE, SELF, UNSAFE_INLINE

from observability import env, logs
from observability.embedded.discovery import Servers, servers

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
        options["pool"] = {"min_size": 1, "max_size": DB_POOL_SIZE, "timeout": 5}
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
SECURE = env.boolean("THROUGHLINE_SECURE", False)  # served over TLS: secure cookies, HSTS

# Keys outside the database. The development values are refused by `check --deploy`.
DEVELOPMENT_KEY = "ZGV2ZWxvcG1lbnQta2V5LW5vdC1mb3ItcHJvZHVjdDE="
ID_KEY = env.text("THROUGHLINE_ID_KEY", DEVELOPMENT_KEY)
ID_KEY_FILE = env.file_of("THROUGHLINE_ID_KEY")
SEAL_KEYS_FILE = env.file_of("THROUGHLINE_SEAL_KEYS")  # looked at again while the service runs
SEAL_KEYS = [] if SEAL_KEYS_FILE else env.words("THROUGHLINE_SEAL_KEYS", f"dev:{DEVELOPMENT_KEY}")
KEY_RING_SECONDS = env.number("THROUGHLINE_KEY_RING_SECONDS", 2)
AUDIT_KEYS_FILE = env.file_of("THROUGHLINE_AUDIT_KEYS")
AUDIT_KEYS = [] if AUDIT_KEYS_FILE else env.words("THROUGHLINE_AUDIT_KEYS", f"dev:{DEVELOPMENT_KEY}")

# --- servers ----------------------------------------------------------------------------------------
DB_POOL_SIZE = env.integer("THROUGHLINE_DB_POOL", 6)
SERVERS = _servers()
REDIS_URL = SERVERS.redis_url
DATABASES = {"default": _database(SERVERS.database_url)}
DATABASE_OWNER = _database(SERVERS.owner_url)  # who migrates
AUDIT_ANCHORS_DIR = SERVERS.anchors_dir  # not on the database's disk, best
# How long, at most, a server that lost its durability goes unnoticed.
DURABILITY_CHECK_SECONDS = env.number("THROUGHLINE_DURABILITY_CHECK_SECONDS", 10)
# How long a facility beyond one's grant stays open after the glass was broken.
GLASS_MINUTES = env.integer("THROUGHLINE_GLASS_MINUTES", 60)
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
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "observability.middleware.ClosedDoors",
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
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
SILENCED_SYSTEM_CHECKS = [
    # Preloading is a promise for a customer's whole domain, which is not ours to give.
    "security.W021",
]
LOGGING = logs.config(env.text("THROUGHLINE_LOG_LEVEL", "INFO"))

# --- security ---------------------------------------------------------------------------------------
# A demonstration shows its sign-ins on the sign-in page.
DEMO = env.boolean("THROUGHLINE_DEMO", False)
# How many proxies of ours stand in front; with none, X-Forwarded-For is somebody's claim and is not read.
TRUSTED_PROXIES = env.integer("THROUGHLINE_TRUSTED_PROXIES", 0)
SIGN_IN_FAILURES = env.integer("THROUGHLINE_SIGN_IN_FAILURES", 5)
SIGN_IN_FAILURES_PER_ADDRESS = env.integer("THROUGHLINE_SIGN_IN_FAILURES_PER_ADDRESS", 50)
SIGN_IN_WINDOW_SECONDS = env.integer("THROUGHLINE_SIGN_IN_WINDOW_SECONDS", 900)
SESSION_IDLE_SECONDS = env.integer("THROUGHLINE_SESSION_IDLE_SECONDS", 900)
SESSION_MAX_SECONDS = env.integer("THROUGHLINE_SESSION_MAX_SECONDS", 43_200)
REVEAL_SECONDS = env.integer("THROUGHLINE_REVEAL_SECONDS", 900)
REVEALS_PER_HOUR = env.integer("THROUGHLINE_REVEALS_PER_HOUR", 30)

# The prefix makes browsers refuse a cookie that another host or an unencrypted page has set.
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
SESSION_COOKIE_AGE = SESSION_MAX_SECONDS
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True  # pages get the token from the template
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "observability.errors.csrf_failed"
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_SSL_REDIRECT = SECURE
# A machine that posts in clear must fail, not be led to repeat its secrets more politely.
SECURE_REDIRECT_EXEMPT = [r"^v1/", r"^api/v1/", r"^livez$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, UNSAFE_INLINE],  # Plotly sets style attributes
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- correlation ------------------------------------------------------------------------------------
DRAIN_LEASE_SECONDS = env.number("THROUGHLINE_DRAIN_LEASE_SECONDS", 60)
DRAIN_MAX_ATTEMPTS = env.integer("THROUGHLINE_DRAIN_MAX_ATTEMPTS", 3)
DRAIN_CLAIM_RECORDS = env.integer("THROUGHLINE_DRAIN_CLAIM_RECORDS", 5_000)
DRAIN_SLOTS = env.integer("THROUGHLINE_DRAIN_SLOTS", 2)
TASK_YIELD_SECONDS = env.number("THROUGHLINE_TASK_YIELD_SECONDS", 20)
SUPERVISOR = env.integer("THROUGHLINE_SUPERVISOR", 0)  # the process that started this one and keeps it
# Longer than a task takes to yield, so that a worker whose supervisor was killed finishes what it holds.
WORKER_LEAVE_SECONDS = env.number("THROUGHLINE_WORKER_LEAVE_SECONDS", 25)
ORPHAN_SWEEP_SECONDS = env.number("THROUGHLINE_ORPHAN_SWEEP_SECONDS", 60)  # longer than a pass takes
ORPHAN_EXCEPTION_DAYS = env.integer("THROUGHLINE_ORPHAN_EXCEPTION_DAYS", 7)
HUB_TRANSACTIONS = env.integer("THROUGHLINE_HUB_TRANSACTIONS", 200)
SPAN_RETENTION_DAYS = env.integer("THROUGHLINE_SPAN_RETENTION_DAYS", 90)
PARKED_RETENTION_DAYS = env.integer("THROUGHLINE_PARKED_RETENTION_DAYS", 30)
INBOX_RETENTION_DAYS = env.integer("THROUGHLINE_INBOX_RETENTION_DAYS", 7)
WORKFLOWS_DIR = env.text("THROUGHLINE_WORKFLOWS_DIR", "")  # a customer's own workflows, added to ours
CONTRACTS_DIR = env.text("THROUGHLINE_CONTRACTS_DIR", "")  # a customer's own event contracts, added to ours
CURRENCY = env.text("THROUGHLINE_CURRENCY", "USD")

# --- ingest -----------------------------------------------------------------------------------------
INGEST_MAX_BODY_BYTES = env.integer("THROUGHLINE_INGEST_MAX_BODY_BYTES", 8 * 1024 * 1024)  # compressed
INGEST_MAX_INFLATED_BYTES = env.integer("THROUGHLINE_INGEST_MAX_INFLATED_BYTES", 20 * 1024 * 1024)
INGEST_LARGE_BODY_BYTES = env.integer("THROUGHLINE_INGEST_LARGE_BODY_BYTES", 1024 * 1024)  # one at a time
INGEST_MAX_ITEMS = env.integer("THROUGHLINE_INGEST_MAX_ITEMS", 10_000)
INGEST_MAX_PER_ITEM = env.integer("THROUGHLINE_INGEST_MAX_PER_ITEM", 128)
INGEST_MAX_KEY_BYTES = env.integer("THROUGHLINE_INGEST_MAX_KEY_BYTES", 256)
INGEST_JSON_DEPTH = env.integer("THROUGHLINE_INGEST_JSON_DEPTH", 32)
INGEST_READ_SECONDS = env.number("THROUGHLINE_INGEST_READ_SECONDS", 20)
INGEST_CREDENTIAL_CACHE_SECONDS = env.number("THROUGHLINE_INGEST_CREDENTIAL_CACHE_SECONDS", 2)
INGEST_CROSSWALK_CACHE_SECONDS = env.number("THROUGHLINE_INGEST_CROSSWALK_CACHE_SECONDS", 10)
INGEST_LEASE_SECONDS = env.number("THROUGHLINE_INGEST_LEASE_SECONDS", 1)
INGEST_PRESSURE_SECONDS = env.number("THROUGHLINE_INGEST_PRESSURE_SECONDS", 2)
INGEST_UNDRAINED_BYTES = env.integer("THROUGHLINE_INGEST_UNDRAINED_BYTES", 4 * 1024 * 1024 * 1024)
INGEST_UNDRAINED_SECONDS = env.number("THROUGHLINE_INGEST_UNDRAINED_SECONDS", 300)
INGEST_DISK_PATH = env.text("THROUGHLINE_INGEST_DISK_PATH", "")  # a folder on the database's disk
INGEST_DISK_FREE_BYTES = env.integer("THROUGHLINE_INGEST_DISK_FREE_BYTES", 2 * 1024 * 1024 * 1024)
INGEST_RETRY_SECONDS = env.integer("THROUGHLINE_INGEST_RETRY_SECONDS", 5)
# These may do the CloudEvents handshake.
INGEST_WEBHOOK_ORIGINS = env.words("THROUGHLINE_INGEST_WEBHOOK_ORIGINS", "")
INGEST_WEBHOOK_RATE = env.integer("THROUGHLINE_INGEST_WEBHOOK_RATE", 6_000)  # requests a minute
IDEMPOTENCY_DAYS = env.integer("THROUGHLINE_IDEMPOTENCY_DAYS", 7)
FAILPOINTS = env.boolean("THROUGHLINE_FAILPOINTS", False)  # named faults that tests may plant
DATA_UPLOAD_MAX_MEMORY_SIZE = INGEST_MAX_INFLATED_BYTES

# --- measures ---------------------------------------------------------------------------------------
KPI_CHANGES_PER_BATCH = env.integer("THROUGHLINE_KPI_CHANGES_PER_BATCH", 5_000)
KPI_BUCKETS_PER_BATCH = env.integer("THROUGHLINE_KPI_BUCKETS_PER_BATCH", 40)
KPI_OLD_BUCKET_SECONDS = env.number("THROUGHLINE_KPI_OLD_BUCKET_SECONDS", 300)  # 0: as soon as touched
KPI_RECOUNT_TIMEOUT_MS = env.integer("THROUGHLINE_KPI_RECOUNT_TIMEOUT_MS", 60_000)
KPI_SNAPSHOT_SECONDS = env.number("THROUGHLINE_KPI_SNAPSHOT_SECONDS", 30)

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
