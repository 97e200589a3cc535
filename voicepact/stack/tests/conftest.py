"""A small stack without any server of the product: programs that only wait, under a real supervisord."""

import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from voicepact.stack.environment import process_environment
from voicepact.stack.programs import Program
from voicepact.stack.readiness import wait_until
from voicepact.stack.supervision import Supervisor

WAITS = (sys.executable, "-c", "import time; print('here', flush=True); time.sleep(600)")


@pytest.fixture
def small_stack(tmp_path: Path) -> Generator[Supervisor]:
    """Two waiting programs, `first` and `second`, supervised; gone afterwards."""
    programs = [Program("first", WAITS), Program("second", WAITS)]
    supervisor = Supervisor(tmp_path, programs, process_environment(tmp_path, {"GREETING": "50% habari"}))
    supervisor.launch()
    supervisor.start("first", "second")
    wait_until(lambda: supervisor.tail("first") == supervisor.tail("second") == "here", what="they did not start")
    yield supervisor
    supervisor.close()
