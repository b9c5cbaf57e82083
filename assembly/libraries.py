"""The Python libraries that a revision names: it synthesizes with its own, not with the checkout's."""

import fcntl
import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assembly import processes
from assembly.errors import SynthesisError
from assembly.revisions import CHECKOUT, Revision, revision

_KEPT = CHECKOUT / "build" / "libraries"
_LOCK = "requirements.txt"


def libraries_of(found: Revision) -> Path:
    """Return the virtual environment with the libraries that a revision names; install them where there is none yet.

    Raises:
        SynthesisError: they cannot be installed.
    """
    named = found.files.get(_LOCK, "")
    if found.is_checkout or named == revision(None).files.get(_LOCK, ""):
        return CHECKOUT / ".venv"
    folder = _KEPT / hashlib.sha256(named.encode()).hexdigest()[:16]
    with file_lock(folder):
        if not (folder / "ready").exists():
            lock = folder.with_suffix(".txt")
            lock.write_text(found.read(_LOCK) if named else "")
            _uv(found, "venv", "--clear", "--python", sys.executable, str(folder))
            _uv(found, "pip", "sync", "--python", str(folder / "bin" / "python"), str(lock))
            (folder / "ready").touch()
    return folder


def _uv(found: Revision, *arguments: str) -> None:
    done = processes.run([str(CHECKOUT / ".venv" / "bin" / "uv"), *arguments, "--quiet"], cwd=CHECKOUT)
    if done.returncode:
        raise SynthesisError(
            f"Commit {found.commit[:8]} needs other libraries than the checkout, and they cannot be installed. "
            f"uv says:\n{done.stderr.strip()[-4000:]}"
        )


@contextmanager
def file_lock(folder: Path) -> Iterator[None]:
    """Hold a lock beside a folder while the block runs: one process at a time makes it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
