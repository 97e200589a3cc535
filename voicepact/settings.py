"""Settings: environment, core, signing in, database, queue, API, logs, time, rails, people, files, secrets.

Every value that differs between two machines comes from the environment. Values are read from the process first, then
from `.env`, then from `var/demo.env`, which `make demo` writes.
"""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import environ
import structlog
from django.core.exceptions import ImproperlyConfigured

from voicepact.console.theme import UNFOLD  # noqa: F401 - a setting
from voicepact.kernel.dispatch import Task
from voicepact.kernel.headers import CONTENT_SECURITY_POLICY  # noqa: F401 - a setting

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

# --- environment ------------------------------------------------------------------------------------------------------

env = environ.Env()
for candidate in (BASE_DIR / ".env", VAR_DIR / "demo.env"):
    if candidate.exists():
        environ.Env.read_env(str(candidate))

# --- core -------------------------------------------------------------------------------------------------------------

SECRET_KEY: str = env("SECRET_KEY")
DEBUG: bool = env.bool("DEBUG", default=False)
PRODUCTION: bool = env.bool("PRODUCTION", default=False)
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
PUBLIC_URL: str = env("PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

ROOT_URLCONF = "voicepact.urls"
WSGI_APPLICATION = "voicepact.wsgi.application"
APPEND_SLASH = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "kernel.User"

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_fsm",
    "pgtrigger",
    "csp",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "voicepact.kernel",
    "contracts",
    "payments",
    "notifications",
    "voicepact.console",
    "voicepact.simulator",
    "voicepact.stack",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "voicepact.kernel.headers.ContentPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "voicepact.kernel.sessions.SessionLimits",
    "django_otp.middleware.OTPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = ["voicepact.console.formats"]
LOGIN_REDIRECT_URL = "admin:index"
TIME_ZONE = "Africa/Nairobi"

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise warns of a folder that is not there, also where finders do its work
WHITENOISE_USE_FINDERS = True

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if PRODUCTION else 0

# --- signing in -------------------------------------------------------------------------------------------------------

STAFF_TWO_FACTOR: bool = env.bool("STAFF_TWO_FACTOR", default=True)
if PRODUCTION and not STAFF_TWO_FACTOR:
    raise ImproperlyConfigured("STAFF_TWO_FACTOR=0 is for demos and tests: in production a password is not enough.")
OTP_TOTP_ISSUER = "VoicePact"

SESSION_TIME = timedelta(hours=env.float("SESSION_HOURS", default=8.0))  # after signing in, in real time
SESSION_IDLE_TIME = timedelta(minutes=env.float("SESSION_IDLE_MINUTES", default=30.0))  # after the last request
SESSION_COOKIE_AGE = int(SESSION_TIME.total_seconds())
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"  # strict would sign people out who follow a link in a mail
if PRODUCTION:  # no other host and no plain connection can set these
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# A name is locked out from one address only: nobody keeps somebody else out by failing on purpose from elsewhere. Who
# guesses from many addresses has five guesses from each, and meets the second factor behind a guess that is right.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # its end is told, and holds
AXES_LOCKOUT_CALLABLE = "voicepact.console.views.signin.locked_out"
AXES_CLIENT_IP_CALLABLE = "voicepact.kernel.http.client_address"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken"]  # never kept, like the password
AXES_ENABLE_ACCESS_FAILURE_LOG = True
AXES_ENABLE_ADMIN = False  # the desk has its own pages of them
AXES_VERBOSE = False
SIGN_INS_KEPT = timedelta(days=180)  # and failures to sign in

# --- database ---------------------------------------------------------------------------------------------------------

# `default` is the application's role: neither owner nor superuser. `owner` migrates (see kernel's migrate command).
DATABASES: dict[str, dict[str, Any]] = {"default": env.db_url("DATABASE_URL")}
if owner_url := env("OWNER_DATABASE_URL", default=""):
    DATABASES["owner"] = environ.Env.db_url_config(owner_url)
for database in DATABASES.values():
    database["CONN_MAX_AGE"] = None
    database["CONN_HEALTH_CHECKS"] = True

# --- queue ------------------------------------------------------------------------------------------------------------

REDIS_URL: str = env("REDIS_URL")
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 2}
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_DB_REUSE_MAX = 10_000  # else every task opens a new connection to PostgreSQL
CELERY_BEAT_SCHEDULE = {
    task: {"task": task, "schedule": seconds, "options": {"expires": seconds * 2}}
    for task, seconds in {
        Task.SUBMIT: 1,  # as often as the pace of a rail allows the next ones
        Task.WORK_CALLBACKS: 2,
        Task.ASK: 2,
        Task.PAYMENT_DEADLINES: 5,
        Task.ASK_BALANCE: 60,
        Task.PULL: 15 * 60,
        Task.WATCH: 60,
        Task.ANNOUNCE: 2,
        Task.SEND: 2,
        Task.READ_REPLIES: 2,
        Task.FORGET_TURNS: 10 * 60,
        Task.ALERT: 5,
        Task.ROLL_UP: 60,
        Task.EXPORT: 5,
        Task.FORGET_SIGN_INS: 60 * 60,
    }.items()
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 5},
    }
}

# --- API --------------------------------------------------------------------------------------------------------------

CHECKS_PER_MINUTE: int = env.int("CHECKS_PER_MINUTE", default=120)  # of /check, from one address

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["voicepact.kernel.api.authentication.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["voicepact.kernel.api.permissions.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["voicepact.kernel.api.decimals.DecimalJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["voicepact.kernel.api.decimals.DecimalJSONParser"],
    "DEFAULT_THROTTLE_CLASSES": ["voicepact.kernel.api.throttling.KeyRateThrottle"],
    "EXCEPTION_HANDLER": "voicepact.kernel.api.problems.exception_handler",
    "DEFAULT_SCHEMA_CLASS": "voicepact.kernel.api.schema.ApiSchema",
    "DATETIME_FORMAT": None,
    "COERCE_DECIMAL_TO_STRING": False,
    "UNAUTHENTICATED_USER": None,
}
KNOX_TOKEN_MODEL = "kernel.ApiKey"  # noqa: S105 - the name of a model
REST_KNOX = {"AUTH_HEADER_PREFIX": "Bearer", "TOKEN_MODEL": KNOX_TOKEN_MODEL, "TOKEN_TTL": timedelta(days=365)}
SPECTACULAR_SETTINGS = {
    "TITLE": "VoicePact API",
    "DESCRIPTION": "Escrow on mobile money for deals that were agreed by voice.\n\n"
    "Whoever has a deal's id and a check code of it sees at [/check](/check) whether its money is locked.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
}

# --- logs -------------------------------------------------------------------------------------------------------------

structlog.configure(
    processors=[
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,  # never with local variables: they hold phones and secrets
        structlog.processors.JSONRenderer(),
    ]
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "addresses": {"()": "voicepact.kernel.logs.WithoutTokens"},
        "refusals": {"()": "voicepact.kernel.logs.WithoutRefusals"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {
        "django": {"handlers": ["console"], "level": "WARNING"},
        "django.request": {"filters": ["addresses", "refusals"]},
    },
}

# --- time -------------------------------------------------------------------------------------------------------------

CLOCK_MOVABLE: bool = env.bool("CLOCK_MOVABLE", default=False)
if CLOCK_MOVABLE and PRODUCTION:
    raise ImproperlyConfigured("CLOCK_MOVABLE=1 is for demos and tests: in production time is not ours to move.")

AGREEMENT_TIME = timedelta(hours=24)
FUNDING_TIME = timedelta(hours=72)
PROMPT_TIME = timedelta(minutes=5)
NO_ANSWER_TIME = timedelta(minutes=10)
REMINDER_TIMES = (timedelta(hours=24), timedelta(hours=42))  # to confirm or accept a delivery
REMINDERS_APART = timedelta(hours=12)  # of one clock, at least
SILENCE_TIME = timedelta(hours=48)  # after which a dispute is opened for staff
DELIVERY_GRACE = timedelta(hours=24)  # after the day of delivery
DELIVERY_TIME = timedelta(days=7)  # after locking, where no day of delivery was agreed
SHORTEST_DELIVERY_TIME = timedelta(hours=48)  # after locking, in any case
WARNING_TIME = timedelta(hours=24)  # before the money goes back, the seller is warned
ANSWER_TIME = timedelta(hours=72)
DECISION_TIME = timedelta(days=7)
DISPUTES_TAKEN_BACK = 2  # by one party of one deal: each begins the other's wait anew
COOLING_OFF = timedelta(hours=24)
DEADLINE_MOVE = timedelta(hours=24)
DEADLINE_MOVES = 3
PROPOSAL_TIME = timedelta(hours=72)
PULL_TIME = timedelta(hours=47)  # of the rail's statement, so much is compared each time; the rail keeps 48 hours
PULL_DELAY = timedelta(minutes=5)  # of younger money the rail is about to tell by itself
REVERSAL_AGAIN_TIME = timedelta(minutes=10)
DENIAL_TIME = timedelta(minutes=15)  # before a rail's "no such transfer" counts
DENIALS_APART = timedelta(minutes=30)  # it has to say so twice
NEXT_DAY_HOUR = 8  # in Nairobi: when what met a daily limit is tried again

# --- rails ------------------------------------------------------------------------------------------------------------

DEFAULT_GATEWAY: str = env("DEFAULT_GATEWAY", default="daraja")
SIMULATOR_URL: str = env("SIMULATOR_URL", default="http://127.0.0.1:8001").rstrip("/")

DARAJA_ENVIRONMENT: str = env("DARAJA_ENVIRONMENT", default="simulator")  # simulator | sandbox | production
DARAJA_BASE_URL: str = {
    "simulator": SIMULATOR_URL,
    "sandbox": "https://sandbox.safaricom.co.ke",
    "production": "https://api.safaricom.co.ke",
}[DARAJA_ENVIRONMENT]
DARAJA_CONSUMER_KEY: str = env("DARAJA_CONSUMER_KEY", default="")
DARAJA_CONSUMER_SECRET: str = env("DARAJA_CONSUMER_SECRET", default="")
DARAJA_SHORTCODE: str = env("DARAJA_SHORTCODE", default="174379")
DARAJA_PASSKEY: str = env("DARAJA_PASSKEY", default="")
DARAJA_INITIATOR_NAME: str = env("DARAJA_INITIATOR_NAME", default="testapi")
DARAJA_INITIATOR_PASSWORD: str = env("DARAJA_INITIATOR_PASSWORD", default="")
password_set_on: str = env("DARAJA_INITIATOR_PASSWORD_SET_ON", default="")
DARAJA_INITIATOR_PASSWORD_SET_ON = date.fromisoformat(password_set_on) if password_set_on else None
DARAJA_INITIATOR_PASSWORD_OLD = timedelta(days=75)  # of its 90: from then on people are reminded to set another
DARAJA_CERTIFICATE: str = env("DARAJA_CERTIFICATE", default=str(VAR_DIR / "simulator" / "mpesa.pem"))
AT_PAYMENTS_PRODUCT: str = env("AT_PAYMENTS_PRODUCT", default="escrow")
AT_PAYMENTS_BASE_URL: str = {
    "simulator": SIMULATOR_URL,
    "sandbox": "https://payments.sandbox.africastalking.com",
    "production": "https://payments.africastalking.com",
}[env("AT_ENVIRONMENT", default="simulator")]
RAIL_TIMEOUT_S = (3.05, env.float("RAIL_TIMEOUT_S", default=20.0))  # connect, read

CHECKOUT_WAIT_S: float = env.float("CHECKOUT_WAIT_S", default=3.0)
CHECKOUT_WAITERS: int = env.int("CHECKOUT_WAITERS", default=2)  # in each web process

PLATFORM_FEE = Decimal(env("PLATFORM_FEE", default="0"))  # for each deal, in whole shillings
if PLATFORM_FEE < 0 or PLATFORM_FEE % 1:
    raise ImproperlyConfigured("PLATFORM_FEE is an amount in whole shillings: M-Pesa carries no cents.")
DARAJA_COLLECTION_TARIFF: str = env("DARAJA_COLLECTION_TARIFF", default="customer")  # who pays: also business, split
if DARAJA_COLLECTION_TARIFF not in ("customer", "business", "split"):
    raise ImproperlyConfigured("DARAJA_COLLECTION_TARIFF is customer, business or split: as our Pay Bill's tariff is.")

# --- people -----------------------------------------------------------------------------------------------------------

AT_ENVIRONMENT: str = env("AT_ENVIRONMENT", default="simulator")  # simulator | sandbox | production
AT_USERNAME: str = env("AT_USERNAME", default="sandbox")
AT_API_KEY: str = env("AT_API_KEY", default="")
AT_SENDER_ID: str = env("AT_SENDER_ID", default="")
AT_SECOND_SENDER_ID: str = env("AT_SECOND_SENDER_ID", default="")  # tried where the first one's way fails
AT_CALLBACK_SECRETS: list[str] = env.list("AT_CALLBACK_SECRETS", default=[])  # in SMS callback URLs; two live to rotate
AT_USSD_CODE: str = env("AT_USSD_CODE", default="")  # what people dial; empty: no SMS names it
DEFAULT_LANGUAGE: str = env("DEFAULT_LANGUAGE", default="en")
SMS_RETRY_TIMES = (timedelta(minutes=30), timedelta(hours=4))  # after the network could not deliver one
SMS_PER_HOUR: int = env.int("SMS_PER_HOUR", default=30)  # to one phone, beside those about its money
SMS_PER_DAY: int = env.int("SMS_PER_DAY", default=100)
if not 0 < SMS_PER_HOUR <= SMS_PER_DAY:
    raise ImproperlyConfigured("SMS_PER_HOUR is at least 1, and SMS_PER_DAY no less.")

# From this amount on, a word that moves money is proven by a PIN (USSD) or a one-time code (SMS); empty: none is.
proof_from: str = env("PROOF_FROM", default="10000")
PROOF_FROM = Decimal(proof_from) if proof_from else None
PIN_TRIES = 3
PIN_LOCK_TIME = timedelta(hours=1)
CODE_TIME = timedelta(minutes=30)
CODE_TRIES = 3
CODES_PER_DAY = 5  # to one phone, for one purpose
OPENINGS_PER_DAY = 10  # deals that one phone may open in 24 hours
OPENINGS_PENDING = 5  # of which the other side has not answered
OPENINGS_UNWANTED = 3  # in 24 hours for the same buyer, who has agreed to none of them
USSD_RESUME_TIME = timedelta(minutes=10)  # so long a call that broke off can be continued
USSD_TURNS_KEPT = timedelta(days=30)

# Alerts: to whom by e-mail, and where and under which Standard Webhooks secret they are posted.
ALERT_EMAILS: list[str] = env.list("ALERT_EMAILS", default=[])
ALERT_WEBHOOK_URL: str = env("ALERT_WEBHOOK_URL", default="")
ALERT_WEBHOOK_SECRET: str = env("ALERT_WEBHOOK_SECRET", default="")
if ALERT_WEBHOOK_URL and not ALERT_WEBHOOK_SECRET:
    raise ImproperlyConfigured("ALERT_WEBHOOK_URL needs ALERT_WEBHOOK_SECRET: alerts are signed.")
ALERT_TIMEOUT_S = (3.05, 10.0)  # connect, read
vars().update(env.email_url("EMAIL_URL", default="smtp://localhost:25" if PRODUCTION else "consolemail://"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL: str = env("EMAIL_FROM", default="voicepact@localhost")
ON_CALL: str = env("ON_CALL", default="")  # user name of the member of staff who is named when nobody else decides

# --- files, never served as such --------------------------------------------------------------------------------------

EVIDENCE_DIR: str = env("EVIDENCE_DIR", default=str(VAR_DIR / "evidence"))  # of disputes
EXPORT_DIR: str = env("EXPORT_DIR", default=str(VAR_DIR / "exports"))  # lists for staff
EXPORT_TIME = timedelta(days=7)  # after which such a file is deleted
EXPORT_ROWS: int = env.int("EXPORT_ROWS", default=3_000_000)  # the most that one file holds

# --- secrets of our own -----------------------------------------------------------------------------------------------

WEBHOOK_SECRET: str = env("WEBHOOK_SECRET")
AUDIT_SIGNING_KEY: str = env("AUDIT_SIGNING_KEY")  # 32 bytes, hex: the Ed25519 private key of the audit chain
PAYMENT_REFERENCE_KEY: str = env("PAYMENT_REFERENCE_KEY")
