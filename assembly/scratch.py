"""Scratch folders: each is removed at its end, or by the next run where its process was killed."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp
from typing import TextIO

_PREFIX = "goodies-scratch-"
_LOCK = ".lock"


@contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """Yield a new folder in another while the block runs; remove first what killed processes left there.

    A process holds a lock beside each of its folders, which the system releases with the process.
    """
    parent.mkdir(parents=True, exist_ok=True)
    for lock in parent.glob(f"{_PREFIX}*{_LOCK}"):
        _remove_abandoned(lock)
    with _held_lock(parent) as path:
        folder = path.with_suffix("")
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            path.unlink(missing_ok=True)


@contextmanager
def _held_lock(parent: Path) -> Iterator[Path]:
    while True:
        number, name = mkstemp(prefix=_PREFIX, suffix=_LOCK, dir=parent)
        with os.fdopen(number, "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            path = Path(name)
            if _is_there(path, lock):
                yield path
                return


def _is_there(path: Path, lock: TextIO) -> bool:
    """Return whether a lock still has its name: before it was locked, another process may have removed it."""
    try:
        return os.path.samestat(path.stat(), os.fstat(lock.fileno()))
    except FileNotFoundError:
        return False


def _remove_abandoned(path: Path) -> None:
    # It may be in use, or another user's, or removed by another process.
    with suppress(OSError), path.open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(path.with_suffix(""), ignore_errors=True)
        path.unlink()
