"""The simulator's process: its HTTP skin, and the thread that makes due things happen."""

import os
import threading

from django.core.wsgi import get_wsgi_application

from voicepact.simulator import world

ORPHANED_AFTER_S = 0.5


def leave_when_orphaned() -> None:
    """This process ends when the one that started it is gone: two simulators must never share a port and books."""
    parent, forever = os.getppid(), threading.Event()
    while not forever.wait(ORPHANED_AFTER_S):
        if os.getppid() != parent:
            os._exit(1)


application = get_wsgi_application()
world.start()
threading.Thread(target=leave_when_orphaned, name="parent", daemon=True).start()
