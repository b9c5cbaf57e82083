"""Waiting for what a process does."""

import time
from collections.abc import Callable

_SECONDS = 60


def wait_for(condition: Callable[[], object]) -> None:
    """Return when the condition holds; fail after a minute."""
    deadline = time.monotonic() + _SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.05)
