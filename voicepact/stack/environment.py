"""What every process of a stack is told: settings for a world of its own, and secrets that are made here once."""

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

MARK = "VOICEPACT_STACK"
"""Every process of a stack carries its directory under this name, so that leftovers are known as ours."""

_PLAIN = re.compile(r"[A-Za-z0-9_./:@,+%?=&-]*")


def generate_secrets() -> dict[str, str]:
    """A fresh value for each secret that a stack needs, of our own and of its simulated rails."""
    return {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "WEBHOOK_SECRET": secrets.token_hex(32),
        "AUDIT_SIGNING_KEY": secrets.token_hex(32),
        "PAYMENT_REFERENCE_KEY": secrets.token_hex(32),
        "DARAJA_CONSUMER_KEY": secrets.token_hex(16),
        "DARAJA_CONSUMER_SECRET": secrets.token_hex(16),
        "DARAJA_PASSKEY": secrets.token_hex(16),
        "DARAJA_INITIATOR_PASSWORD": secrets.token_hex(8),
        "AT_API_KEY": f"atsk_{secrets.token_hex(24)}",
        "AT_CALLBACK_SECRETS": secrets.token_hex(16),
    }


def stack_settings(directory: Path, *, port: int, simulator_port: int) -> dict[str, str]:
    """The settings of a stack that lives in `directory` and talks to its own simulator only.

    With `SIMULATOR_FEES=1` in the environment M-Pesa charges its tariff there, as it does outside.
    """
    return {
        "DJANGO_SETTINGS_MODULE": "voicepact.settings",
        "PRODUCTION": "0",
        "DEBUG": "0",
        "CLOCK_MOVABLE": "1",
        "STAFF_TWO_FACTOR": "0",
        "SESSION_IDLE_MINUTES": "480",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SIMULATOR_URL": f"http://127.0.0.1:{simulator_port}",
        "SIMULATOR_PORT": str(simulator_port),
        "SIMULATOR_FEES": os.environ.get("SIMULATOR_FEES", "0"),
        "SIMULATOR_BOOKS": str(directory / "simulator" / "books.sqlite3"),
        "DEFAULT_GATEWAY": "daraja",
        "DARAJA_ENVIRONMENT": "simulator",
        "DARAJA_CERTIFICATE": str(directory / "simulator" / "mpesa.pem"),
        "EVIDENCE_DIR": str(directory / "evidence"),
        "EXPORT_DIR": str(directory / "exports"),
        "AT_ENVIRONMENT": "simulator",
        "AT_USERNAME": "sandbox",
        "AT_SENDER_ID": "VoicePact",
        "AT_USSD_CODE": "*384*1234#",
        "PROOF_FROM": os.environ.get("PROOF_FROM", ""),
    }


def process_environment(directory: Path, values: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of a process of this stack: the machine's own, then `values`, then its mark.

    Calls on the loopback never go through a proxy.
    """
    direct = ",".join(filter(None, ["127.0.0.1,localhost", os.environ.get("NO_PROXY")]))
    extra = {MARK: str(directory), "PYTHONUNBUFFERED": "1", "NO_PROXY": direct, "no_proxy": direct}
    return {**os.environ, **values, **extra}


def read_file(path: Path) -> dict[str, str]:
    """The KEY=value lines of a file that `write_file` wrote; empty where there is none."""
    if not path.exists():
        return {}
    lines = [line for line in path.read_text().splitlines() if "=" in line and not line.startswith("#")]
    return {name: value.strip("'") for name, _, value in (line.partition("=") for line in lines)}


def write_file(path: Path, values: Mapping[str, str]) -> None:
    """The file holds exactly these values, readable by its owner only, whole at every moment."""
    quoted = {name: value if _PLAIN.fullmatch(value) else f"'{value}'" for name, value in values.items()}
    replace(path, "".join(f"{name}={value}\n" for name, value in quoted.items()))


def replace(path: Path, text: str) -> None:
    """`path` holds `text`, mode 600; a reader sees the old text or the new, never a part."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(path)
