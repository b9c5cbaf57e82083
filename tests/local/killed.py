"""A kill of an embedded cloud's process."""

import os
import signal
import time

from local.embedded import Embedded


def kill(cloud: Embedded) -> None:
    """Kill the process, and wait until it is gone."""
    os.kill(int(cloud.control("pid")), signal.SIGKILL)
    deadline = time.monotonic() + 10
    while cloud.running() and time.monotonic() < deadline:
        time.sleep(0.02)
