"""The commit that an update is tried from where none is named: what main was before."""

import subprocess
from pathlib import Path

from assembly.revisions import CHECKOUT


def default_base(checkout: Path = CHECKOUT) -> str | None:
    """Return where a branch left main, and on main itself the commit before; None where no earlier commit is known."""
    head = _git(checkout, "rev-parse", "HEAD")
    for main in ("origin/main", "main"):
        base = _git(checkout, "merge-base", "HEAD", main)
        if base:
            break
    return base if base != head else _git(checkout, "rev-parse", "--verify", "--quiet", "HEAD^")


def _git(checkout: Path, *arguments: str) -> str | None:
    command = ["git", "-C", str(checkout), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - git, with fixed words
    return done.stdout.strip() or None
