"""Every Django setting, one module for all environments; values come from the environment.

Each setting is described in docs/settings.md, which a test holds complete.
"""

from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from observability import env

BASE_DIR = Path(__file__).resolve().parent.parent


def _servers() -> tuple[str, str]:
    """Return the database and broker addresses: the environment's, else those of a running embedded pair."""
    database, redis = env.text("DATABASE_URL", ""), env.text("REDIS_URL", "")
    if database and redis:
        return database, redis
    from observability.embedded.discovery import servers

    found = servers()
    if found is None:
        return database or "postgresql:///throughline", redis or "redis://127.0.0.1:6379/0"
    return database or found.database_url, redis or found.redis_url


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
        "CONN_HEALTH_CHECKS": PROCESS != "web",
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
SEAL_KEYS = env.words("THROUGHLINE_SEAL_KEYS", f"dev:{DEVELOPMENT_KEY}")

# --- servers ----------------------------------------------------------------------------------------
DB_POOL_SIZE = env.integer("THROUGHLINE_DB_POOL", 6)
DATABASE_URL, REDIS_URL = _servers()
DATABASES = {"default": _database(DATABASE_URL)}
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
    "django.contrib.sessions.middleware.SessionMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
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
LOGOUT_REDIRECT_URL = "/sign-in/"
SILENCED_SYSTEM_CHECKS: list[str] = []

# --- correlation ------------------------------------------------------------------------------------
DRAIN_LEASE_SECONDS = env.number("THROUGHLINE_DRAIN_LEASE_SECONDS", 60)
DRAIN_MAX_ATTEMPTS = env.integer("THROUGHLINE_DRAIN_MAX_ATTEMPTS", 3)
DRAIN_CLAIM_RECORDS = env.integer("THROUGHLINE_DRAIN_CLAIM_RECORDS", 5_000)
DRAIN_SLOTS = env.integer("THROUGHLINE_DRAIN_SLOTS", 2)
TASK_YIELD_SECONDS = env.number("THROUGHLINE_TASK_YIELD_SECONDS", 20)
ORPHAN_EXCEPTION_DAYS = env.integer("THROUGHLINE_ORPHAN_EXCEPTION_DAYS", 7)
HUB_TRANSACTIONS = env.integer("THROUGHLINE_HUB_TRANSACTIONS", 200)
SPAN_RETENTION_DAYS = env.integer("THROUGHLINE_SPAN_RETENTION_DAYS", 90)
INBOX_RETENTION_DAYS = env.integer("THROUGHLINE_INBOX_RETENTION_DAYS", 7)
WORKFLOWS_DIR = env.text("THROUGHLINE_WORKFLOWS_DIR", "")  # a customer's own workflows, added to ours
CONTRACTS_DIR = env.text("THROUGHLINE_CONTRACTS_DIR", "")  # a customer's own event contracts, added to ours
CURRENCY = env.text("THROUGHLINE_CURRENCY", "USD")
