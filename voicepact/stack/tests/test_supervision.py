import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from voicepact.stack.environment import MARK, process_environment
from voicepact.stack.leftovers import stop_leftovers
from voicepact.stack.readiness import wait_until
from voicepact.stack.supervision import SOCKET_PATH_LIMIT, Supervisor


def test_a_program_that_dies_is_started_again(small_stack: Supervisor):
    died = small_stack.kill("first")

    wait_until(lambda: small_stack.pids().get("first", died) != died, what="it was not started again")
    assert not psutil.pid_exists(died)


def test_a_program_that_was_stopped_stays_away(small_stack: Supervisor):
    small_stack.stop("first")

    assert set(small_stack.pids()) == {"second", "supervisord"}


def test_programs_are_told_their_environment_and_carry_the_mark(small_stack: Supervisor, tmp_path: Path):
    told = psutil.Process(small_stack.pids()["second"]).environ()

    assert told["GREETING"] == "50% habari"
    assert told[MARK] == str(tmp_path)


def test_closing_leaves_nothing_behind(small_stack: Supervisor, tmp_path: Path):
    pids = small_stack.pids().values()

    small_stack.close()

    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert not (tmp_path / "supervisord.sock").exists()


def test_output_of_a_program_is_in_its_log(small_stack: Supervisor):
    assert (small_stack.logs / "first.log").read_text() == "here\n"


def test_leftovers_of_a_killed_supervisor_are_stopped(small_stack: Supervisor, tmp_path: Path):
    pids = small_stack.pids()
    os.kill(pids["supervisord"], signal.SIGKILL)

    assert stop_leftovers(tmp_path) >= 2

    assert all(not _runs(pid) for pid in pids.values())


def test_leftovers_of_another_stack_are_left_alone(small_stack: Supervisor, tmp_path: Path):
    assert stop_leftovers(tmp_path / "another") == 0

    assert {"first", "second"} <= set(small_stack.pids())


def test_a_stack_made_by_a_process_of_another_ends_only_itself(small_stack: Supervisor, tmp_path: Path):
    inner = Supervisor(tmp_path / "inner", [], process_environment(tmp_path, {}))
    inner.launch()

    inner.close()

    assert set(small_stack.pids()) == {"first", "second", "supervisord"}


def test_a_long_path_still_has_a_socket(tmp_path: Path):
    deep = tmp_path / ("x" * SOCKET_PATH_LIMIT)
    supervisor = Supervisor(deep, [], dict(os.environ))

    supervisor.launch()

    assert supervisor.is_alive()
    supervisor.close()
    assert not supervisor.is_alive()


def test_when_the_parent_is_killed_its_stack_ends(tmp_path: Path):
    script = (
        "import sys, time; from pathlib import Path\n"
        "from voicepact.stack.environment import process_environment\n"
        "from voicepact.stack.programs import Program\n"
        "from voicepact.stack.supervision import Supervisor\n"
        "here = Path(sys.argv[1])\n"
        "waits = Program('waits', (sys.executable, '-c', 'import time; time.sleep(600)'))\n"
        "supervisor = Supervisor(here, [waits], process_environment(here, {}))\n"
        "supervisor.launch(); supervisor.start('waits')\n"
        "print(*supervisor.pids().values(), flush=True); time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, tmp_path], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()

    assert len(pids) == 2
    wait_until(lambda: not any(_runs(pid) for pid in pids), what="the stack outlived its parent")


def _runs(pid: int) -> bool:
    """Whether the process lives; one that has ended and waits to be noticed does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
