"""The libraries and command line tools that a revision's lock files name."""

import fcntl
import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.revisions import CHECKOUT, Revision, revision

_KEPT = CHECKOUT / "build" / "libraries"
_LOCKS = ("requirements.txt", "requirements-uv.txt", "package.json", "package-lock.json")


class NotSynthesized(Exception):
    """A revision that does not synthesize, and what it says."""


def libraries_of(found: Revision) -> Path:
    """Return the folder whose .venv and node_modules are those of a revision's lock files; install them if need be.

    Raises:
        NotSynthesized: they cannot be installed.
    """
    if found.is_checkout or _locks(found) == _locks(revision(None)):
        return CHECKOUT
    folder = _KEPT / hashlib.sha256(json.dumps(_locks(found)).encode()).hexdigest()[:16]
    with alone(folder):
        if not (folder / ".venv" / "ready").exists():
            folder.mkdir(parents=True, exist_ok=True)
            for name in found.files:
                if "/" not in name:
                    (folder / name).write_text(found.read(name))
            # The `make` that this may run in tells those below it things that are not theirs.
            theirs = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
            done = subprocess.run(
                ["make", "setup"],  # noqa: S607
                cwd=folder,
                env=theirs,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                raise NotSynthesized(
                    f"Commit {found.commit[:8]} needs other libraries than the checkout, and they cannot be installed. "
                    f"`make setup` says:\n{(done.stderr or done.stdout).strip()[-4000:]}"
                )
    return folder


def _locks(found: Revision) -> list[str]:
    return [found.files.get(name, "") for name in _LOCKS]


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let one process at a time make a folder."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
