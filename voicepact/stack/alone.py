"""`python -m voicepact.stack.alone COMMAND…`: becomes COMMAND, once nothing of its killed predecessor runs any more.

A server that forks its own workers leaves them behind when it is killed, and they go on answering at its port. They are
known by the mark of the stack and by the name that supervisord gives to every program.
"""

import os
import sys

import psutil

from voicepact.stack.environment import MARK

NAME = "SUPERVISOR_PROCESS_NAME"


def end_predecessors(directory: str, name: str) -> int:
    """No other process of the program `name` of the stack in `directory` runs; returns how many had to be killed."""
    found = [one for one in psutil.process_iter() if one.pid != os.getpid() and _is(one, directory, name)]
    for process in found:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(found, timeout=5)
    return len(found)


def _is(process: psutil.Process, directory: str, name: str) -> bool:
    try:
        told = process.environ()
    except (psutil.Error, OSError):
        return False
    return bool(told.get(MARK) == directory and told.get(NAME) == name)


if __name__ == "__main__":
    end_predecessors(os.environ[MARK], os.environ[NAME])
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606
