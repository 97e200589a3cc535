import shutil
import subprocess
from pathlib import Path

from voicepact.stack.programs import PROJECT


def _make(folder: Path, *targets: str) -> "subprocess.CompletedProcess[str]":
    shutil.copy(PROJECT / "Makefile", folder)
    return subprocess.run(["make", *targets], cwd=folder, capture_output=True, text=True)


def test_make_alone_says_what_can_be_made(tmp_path: Path):
    done = _make(tmp_path)

    assert done.returncode == 0
    assert all(f"make {target}" in done.stdout for target in ("demo", "test", "lint", "requirements", "clean"))


def test_clean_refuses_while_the_demo_runs(tmp_path: Path):
    (tmp_path / "var").mkdir()
    with subprocess.Popen(["sleep", "600"]) as demo:
        (tmp_path / "var" / "demo.pid").write_text(str(demo.pid))
        done = _make(tmp_path, "clean")
        demo.kill()

    assert done.returncode != 0
    assert "Stop it first" in done.stdout
    assert (tmp_path / "var").exists()


def test_clean_removes_what_a_stopped_demo_left_and_no_running_test(tmp_path: Path):
    (tmp_path / "var" / "postgres").mkdir(parents=True)
    (tmp_path / "var" / "test").mkdir()
    (tmp_path / "var" / "demo.pid").write_text("")

    assert _make(tmp_path, "clean").returncode == 0

    assert [left.name for left in (tmp_path / "var").iterdir()] == ["test"]


def test_every_dependency_is_pinned_and_no_index_is_named():
    lines = (PROJECT / "requirements.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.lstrip().startswith("#")]

    assert len(pins) > 50
    assert [pin for pin in pins if "==" not in pin] == []
    assert [line for line in lines if "://" in line or line.startswith("-")] == []
