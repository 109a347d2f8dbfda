"""Settings of people and browsers: sessions, cookies, passwords, what pages may load."""

from csp.constants import NONCE, NONE, SELF

from observability import env

SECURE = env.boolean("THROUGHLINE_SECURE", False)  # served over TLS: secure cookies, HSTS

# A demonstration shows its sign-ins on the sign-in page.
DEMO = env.boolean("THROUGHLINE_DEMO", False)
# How many proxies of ours stand in front; with none, X-Forwarded-For is somebody's claim and is not read.
TRUSTED_PROXIES = env.integer("THROUGHLINE_TRUSTED_PROXIES", 0)
SIGN_IN_FAILURES = env.integer("THROUGHLINE_SIGN_IN_FAILURES", 5)
SIGN_IN_FAILURES_PER_ADDRESS = env.integer("THROUGHLINE_SIGN_IN_FAILURES_PER_ADDRESS", 50)
SIGN_IN_WINDOW_SECONDS = env.integer("THROUGHLINE_SIGN_IN_WINDOW_SECONDS", 900)
SESSION_IDLE_SECONDS = env.integer("THROUGHLINE_SESSION_IDLE_SECONDS", 900)
SESSION_MAX_SECONDS = env.integer("THROUGHLINE_SESSION_MAX_SECONDS", 43_200)
# The organisation's own sign-in (OpenID Connect); off without an issuer and a client.
OIDC_ISSUER = env.text("THROUGHLINE_OIDC_ISSUER", "")
OIDC_CLIENT_ID = env.text("THROUGHLINE_OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET = env.text("THROUGHLINE_OIDC_CLIENT_SECRET", "")
OIDC_NAME = env.text("THROUGHLINE_OIDC_NAME", "your organisation")
OIDC_SCOPES = env.words("THROUGHLINE_OIDC_SCOPES", "openid,profile")
OIDC_GROUPS_CLAIM = env.text("THROUGHLINE_OIDC_GROUPS_CLAIM", "groups")
# What the provider may say of how somebody proved themselves (amr, acr) that counts as a second factor.
OIDC_SECOND_FACTOR = env.words("THROUGHLINE_OIDC_SECOND_FACTOR", "")
# How long a whole answer of somebody whom the server itself asks may take.
OUTBOUND_SECONDS = env.integer("THROUGHLINE_OUTBOUND_SECONDS", 10)
# How many days a display on a wall may last, and how long its link waits to be opened.
DISPLAY_DAYS = env.integer("THROUGHLINE_DISPLAY_DAYS", 90)
LINK_MINUTES = env.integer("THROUGHLINE_LINK_MINUTES", 60)
# Whose people prove a second factor: `all`, or the names of roles. A demonstration's people share a password,
# so there it is nobody unless somebody says so.
SECOND_FACTOR_ROLES = env.words("THROUGHLINE_MFA_ROLES", "" if DEMO else "all")
# How long a facility beyond one's grant stays open after the glass was broken.
GLASS_MINUTES = env.integer("THROUGHLINE_GLASS_MINUTES", 60)
# How long an administrator sees the product as somebody else.
VIEWING_MINUTES = env.integer("THROUGHLINE_VIEWING_MINUTES", 15)
REVEAL_SECONDS = env.integer("THROUGHLINE_REVEAL_SECONDS", 900)
# How long one audit row stands for the same person fetching the same page.
AUDIT_LOOK_SECONDS = env.integer("THROUGHLINE_AUDIT_LOOK_SECONDS", 900)
# How long after the beginning of one walk along the whole audit chain the next one begins.
AUDIT_CHECK_SECONDS = env.integer("THROUGHLINE_AUDIT_CHECK_SECONDS", 86_400)
# More rows than this are not exported at once; whoever asks narrows the days.
AUDIT_EXPORT_ROWS = env.integer("THROUGHLINE_AUDIT_EXPORT_ROWS", 100_000)
REVEALS_PER_HOUR = env.integer("THROUGHLINE_REVEALS_PER_HOUR", 30)

SESSION_ENGINE = "observability.accounts.session_store"
# What is said to somebody once ends with their session, and needs no cookie that another host could set.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
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
# A machine is never led elsewhere: it would say its key in clear once more, or drop what it holds.
SECURE_REDIRECT_EXEMPT = [r"^v1/", r"^api/v1/", r"^livez$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        # Plotly makes two style elements: an empty one for its own rules, and that of a map library in it.
        "style-src": [
            SELF,
            "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
            "'sha256-ji27qzEtxXZW+7dun6UwjHXJ18e6WAin1VvNtkzIE/o='",
        ],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Of django-allauth the protocols and the table of factors; none of its pages is served.
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
MFA_ADAPTER = "observability.accounts.factors.adapter.SealedAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Throughline"
MFA_TOTP_TOLERANCE = 1  # periods of thirty seconds: telephones' clocks differ

LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
