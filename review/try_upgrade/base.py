"""Default base of an update trial: the previous main."""

import subprocess
from pathlib import Path

from assembly.revisions import CHECKOUT


def default_base(checkout: Path = CHECKOUT) -> str | None:
    """Return the merge base with main, and on main itself the previous commit; None without an earlier commit."""
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
