"""Pauses of the code that a test runs, which pass at once."""

import threading
import time
from collections.abc import Callable

import pytest


def without_pauses(monkeypatch: pytest.MonkeyPatch, sleep: Callable[[float], object] = lambda _: None) -> None:
    """Let something else happen where the test's own thread sleeps; threads of other tests' servers go on sleeping.

    Args:
        monkeypatch: of the test.
        sleep: called with the seconds.
    """
    really = time.sleep

    def instead(seconds: float) -> None:
        (sleep if threading.current_thread() is threading.main_thread() else really)(seconds)

    monkeypatch.setattr("time.sleep", instead)
