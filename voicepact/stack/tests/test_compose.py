"""docker-compose.yml: read by Docker where its plugin is here, else as YAML (and the test's id says which)."""

import json
import os
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from voicepact.stack import programs
from voicepact.stack.programs import PROJECT

SERVICES = {"web", "worker", "beat", "postgres", "redis"}
REQUIRED = (
    *("SECRET_KEY", "WEBHOOK_SECRET", "AUDIT_SIGNING_KEY", "PAYMENT_REFERENCE_KEY"),
    *("POSTGRES_PASSWORD", "OWNER_DATABASE_PASSWORD", "APPLICATION_DATABASE_PASSWORD", "REDIS_PASSWORD"),
)


def _has_compose() -> bool:
    if not shutil.which("docker"):
        return False
    return subprocess.run(["docker", "compose", "version"], capture_output=True).returncode == 0


def _by_docker(tmp_path: Any) -> dict[str, Any]:
    (tmp_path / "docker-compose.yml").write_text((PROJECT / "docker-compose.yml").read_text())
    (tmp_path / ".env").write_text("".join(f"{name}=given\n" for name in REQUIRED))
    command = ["docker", "compose", "config", "--format", "json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=_plain_environment())
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _plain_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in REQUIRED}


def _as_yaml(_tmp_path: Any) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
    return found


READER = (
    pytest.param(_by_docker, id="docker-compose-config") if _has_compose() else pytest.param(_as_yaml, id="yaml-only")
)


@pytest.mark.parametrize("read", [READER])
def test_every_service_is_there_with_its_health_check(read, tmp_path):
    services = read(tmp_path)["services"]

    assert set(services) >= SERVICES
    assert [name for name in SERVICES if "healthcheck" not in services[name]] == []


@pytest.mark.parametrize("read", [READER])
def test_the_application_is_not_told_the_owners_password(read, tmp_path):
    services = read(tmp_path)["services"]

    for name in ("web", "worker", "beat"):
        assert services[name]["environment"]["OWNER_DATABASE_URL"] == ""
        assert services[name]["environment"]["OWNER_DATABASE_PASSWORD"] == ""
        assert "voicepact_app:" in services[name]["environment"]["DATABASE_URL"]
    assert "//voicepact:" in services["migrate"]["environment"]["OWNER_DATABASE_URL"]


def test_no_secret_stands_in_the_file():
    text = (PROJECT / "docker-compose.yml").read_text()
    named = re.findall(r"(?m)^\s*(\w*(?:SECRET|PASSWORD|KEY|AUTH|TOKEN)\w*): *(.*)$", text)

    assert len(named) >= 8
    assert [(name, value) for name, value in named if not re.fullmatch(r'\$\{\w+:\?.*\}|""', value)] == []
    assert re.findall(r"://\w*:(?!\$\{)[^@\s]+@", text) == []


def test_the_database_gets_two_roles():
    roles = _as_yaml(None)["configs"]["database_roles"]["content"]

    assert "CREATE ROLE voicepact LOGIN" in roles
    assert "CREATE ROLE voicepact_app LOGIN" in roles
    assert "CREATE DATABASE voicepact OWNER voicepact" in roles
    assert "SUPERUSER" not in roles


def test_no_web_server_of_ours_logs_addresses() -> None:
    """Somebody's number may stand in one: a list that was searched by it."""
    for told in ((PROJECT / "Dockerfile").read_text(), " ".join(programs.web(8000).command)):
        assert "granian" in told
        assert "access-log" not in told
