"""`python -m voicepact.stack`: what `make demo` runs."""

import os
import sys

from voicepact.stack.demo import run_demo

if __name__ == "__main__":
    sys.exit(run_demo(once=os.environ.get("DEMO_ONCE", "") not in ("", "0")))
