"""Watchdog of the emulator: kills it when its directory is removed, so that no process outlives its state."""

import os
import signal
import threading
import time
from pathlib import Path

_POLL_SECONDS = 2


def start(lock_file: Path) -> None:
    """Watch the file whose lock the process holds, from a thread, for as long as the process lives."""
    threading.Thread(target=_watch, args=(lock_file,), name="watchdog", daemon=True).start()


def _watch(lock_file: Path) -> None:
    own = _inode(lock_file)
    while own and _inode(lock_file) == own:  # a file of the same name may already be the next process's
        time.sleep(_POLL_SECONDS)
    os.killpg(os.getpid(), signal.SIGKILL)  # it leads its own group, with the workers of its Lambda functions


def _inode(file: Path) -> int:
    """The inode of a file; 0 where there is none."""
    try:
        return file.stat().st_ino
    except FileNotFoundError:
        return 0
