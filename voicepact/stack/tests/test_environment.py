import re
import stat
from pathlib import Path

import environ
import pytest

from voicepact.stack.environment import generate_secrets, process_environment, read_file, stack_settings, write_file
from voicepact.stack.local_stack import Addresses, LocalStack, PortTaken
from voicepact.stack.programs import PROJECT


def test_every_variable_of_the_settings_is_explained_in_the_example():
    read = set(re.findall(r"""\benv(?:\.\w+)?\(\s*"([A-Z_]+)\"""", _source("voicepact/settings.py")))
    read |= set(re.findall(r"""\benv(?:\.\w+)?\(\s*"([A-Z_]+)\"""", _source("voicepact/simulator/settings.py")))
    explained = set(re.findall(r"(?m)^#?([A-Z_]+)=", _source(".env.example")))

    assert read - {"DATABASE_URL"} > {"SECRET_KEY", "REDIS_URL", "AT_API_KEY"}
    assert read - explained == set()


def test_a_stack_talks_to_its_own_simulator_only(tmp_path: Path):
    settings = stack_settings(tmp_path, port=1, simulator_port=2)

    assert settings["DARAJA_ENVIRONMENT"] == settings["AT_ENVIRONMENT"] == "simulator"
    assert settings["SIMULATOR_URL"] == "http://127.0.0.1:2"
    assert settings["PRODUCTION"] == "0"


def test_every_file_of_a_stack_lies_in_its_own_directory(tmp_path: Path):
    """Two stacks number their rows alike: one would delete the files of the other."""
    source = _source("voicepact/settings.py") + _source("voicepact/simulator/settings.py")
    kept = set(re.findall(r"""\benv\(\s*"([A-Z_]+)", default=str\(VAR_DIR""", source))
    settings = stack_settings(tmp_path, port=1, simulator_port=2)

    assert kept >= {"EVIDENCE_DIR", "EXPORT_DIR", "SIMULATOR_BOOKS"}
    assert [name for name in kept if not Path(settings.get(name, "/")).is_relative_to(tmp_path)] == []


@pytest.mark.parametrize(("said", "charged"), [(None, "0"), ("1", "1")])
def test_the_rail_of_a_stack_charges_its_tariff_where_somebody_asks_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str | None, charged: str
):
    monkeypatch.setattr("os.environ", {} if said is None else {"SIMULATOR_FEES": said})

    assert stack_settings(tmp_path, port=1, simulator_port=2)["SIMULATOR_FEES"] == charged


def test_what_is_written_is_what_the_settings_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    values = {"STACK_TEST_URL": "postgres://a:b@127.0.0.1:5/c", "STACK_TEST_ODD": "a #b $c", "STACK_TEST_EMPTY": ""}
    monkeypatch.setattr("os.environ", {})
    monkeypatch.setattr("environ.Env.ENVIRON", {})

    write_file(tmp_path / "demo.env", values)
    environ.Env.read_env(str(tmp_path / "demo.env"))

    assert values == environ.Env.ENVIRON == read_file(tmp_path / "demo.env")


def test_secrets_are_for_their_owner_only(tmp_path: Path):
    write_file(tmp_path / "demo.env", generate_secrets())

    assert stat.S_IMODE((tmp_path / "demo.env").stat().st_mode) == 0o600


def test_secrets_are_made_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://app@127.0.0.1/named")
    monkeypatch.setenv("OWNER_DATABASE_URL", "postgres://owner@127.0.0.1/named")
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1/3")

    first = LocalStack(tmp_path, Addresses(8000, 8001)).values
    second = LocalStack(tmp_path, Addresses(9000, 8001)).values

    assert {name: second[name] for name in generate_secrets()} == {name: first[name] for name in generate_secrets()}
    assert second["PUBLIC_URL"] == "http://127.0.0.1:9000"


def test_servers_named_in_the_environment_are_used_and_not_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://app@127.0.0.1/named")
    monkeypatch.setenv("OWNER_DATABASE_URL", "postgres://owner@127.0.0.1/named")
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1/3")

    stack = LocalStack(tmp_path, Addresses(8000, 8001))

    assert stack.values["DATABASE_URL"] == "postgres://app@127.0.0.1/named"
    assert stack.values["OWNER_DATABASE_URL"] == "postgres://owner@127.0.0.1/named"
    assert stack.values["REDIS_URL"] == "redis://127.0.0.1/3"
    assert {program.name for program in stack.supervisor.programs} == {"simulator", "web", "worker", "beat"}


def test_without_servers_named_both_are_ours_and_started_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("DATABASE_URL", "OWNER_DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name)

    stack = LocalStack(tmp_path, Addresses(8000, 8001))

    assert [program.name for program in stack.supervisor.programs][:2] == ["postgres", "redis"]
    assert "voicepact_app:" in stack.values["DATABASE_URL"]
    assert "voicepact:" in stack.values["OWNER_DATABASE_URL"]


def test_a_taken_port_is_named_with_the_way_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SIMULATOR_PORT", "8001")
    monkeypatch.setattr("voicepact.stack.local_stack.is_free", lambda port: port != 8001)

    with pytest.raises(PortTaken, match=r"Port 8001 .* SIMULATOR_PORT=\d+ make demo"):
        Addresses.from_environment()


def test_calls_on_the_loopback_never_go_through_a_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_PROXY", "intranet.example")

    assert process_environment(tmp_path, {})["NO_PROXY"] == "127.0.0.1,localhost,intranet.example"


def _source(path: str) -> str:
    return (PROJECT / path).read_text()
