"""Settings of the simulator's own process: no database, no apps, no sessions; the environment is the application's."""

from datetime import timedelta
from logging import LogRecord
from pathlib import Path

import environ
from django.utils.log import CallbackFilter

from voicepact.simulator.config import Config

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR_DIR = BASE_DIR / "var"

env = environ.Env()
for candidate in (BASE_DIR / ".env", VAR_DIR / "demo.env"):
    if candidate.exists():
        environ.Env.read_env(str(candidate))

DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "voicepact.simulator.urls"
WSGI_APPLICATION = "voicepact.simulator.wsgi.application"
MIDDLEWARE: list[str] = []
INSTALLED_APPS: list[str] = []
APPEND_SLASH = False
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [BASE_DIR / "templates"]}]
USE_TZ = True
TIME_ZONE = "Africa/Nairobi"


def has_failed(record: LogRecord) -> bool:
    """Whether it tells of a failure of ours; to answer with an error of the rails is daily work."""
    return record.exc_info is not None


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"failures": {"()": CallbackFilter, "callback": has_failed}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line"},
        "failures": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["failures"]},
    },
    "loggers": {
        "voicepact.simulator": {"handlers": ["console"], "level": "INFO"},
        "django.request": {"handlers": ["failures"], "level": "ERROR", "propagate": False},
    },
}

# The clock that the whole stack shares (voicepact.kernel.clock).
REDIS_URL: str = env("REDIS_URL", default="")
CLOCK_MOVABLE: bool = env.bool("CLOCK_MOVABLE", default=False)

SIMULATOR = Config(
    books=Path(env("SIMULATOR_BOOKS", default=str(VAR_DIR / "simulator" / "books.sqlite3"))),
    certificate=Path(env("DARAJA_CERTIFICATE", default=str(VAR_DIR / "simulator" / "mpesa.pem"))),
    public_url=env("PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/"),
    shortcode=env("DARAJA_SHORTCODE", default="174379"),
    passkey=env("DARAJA_PASSKEY", default=""),
    consumer_key=env("DARAJA_CONSUMER_KEY", default=""),
    consumer_secret=env("DARAJA_CONSUMER_SECRET", default=""),
    initiator_name=env("DARAJA_INITIATOR_NAME", default="testapi"),
    initiator_password=env("DARAJA_INITIATOR_PASSWORD", default=""),
    at_username=env("AT_USERNAME", default="sandbox"),
    at_api_key=env("AT_API_KEY", default=""),
    at_sender_id=env("AT_SENDER_ID", default=""),
    at_second_sender_id=env("AT_SECOND_SENDER_ID", default=""),
    at_product=env("AT_PAYMENTS_PRODUCT", default="escrow"),
    callback_secret=next(iter(env.list("AT_CALLBACK_SECRETS", default=[])), ""),
    webhook_secret=env("WEBHOOK_SECRET", default=""),
    delay=timedelta(seconds=env.float("SIMULATOR_DELAY_S", default=1.0)),
    auto_approve=env.bool("SIMULATOR_AUTO_APPROVE", default=False),
    fees=env.bool("SIMULATOR_FEES", default=False),
    opening_float=env.int("SIMULATOR_FLOAT", default=0),
)
