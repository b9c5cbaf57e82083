"""Files of a commit or of the checkout."""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from assembly.errors import RepositoryError, UnknownRevisionError

CHECKOUT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Revision:
    """A commit, or the checkout with all that is not committed yet.

    Attributes:
        commit: its id; of the checkout, that of the commit it began with.
        files: the blob id of each file, by path. Files that git ignores do not count.
        is_checkout: whether it is the checkout.
    """

    commit: str
    files: Mapping[str, str]
    is_checkout: bool

    def read(self, path: str) -> str:
        """Return the content of a file."""
        return (CHECKOUT / path).read_text() if self.is_checkout else _git("cat-file", "blob", self.files[path])

    @contextmanager
    def checked_out(self, folder: Path) -> Iterator[Path]:
        """Yield the folder of its files while the block runs; those of a commit are written into ``folder``."""
        if self.is_checkout:
            yield CHECKOUT
            return
        _git("worktree", "add", "--quiet", "--detach", str(folder), self.commit)
        try:
            yield folder
        finally:
            _git("worktree", "remove", "--force", str(folder))


def revision(ref: str | None) -> Revision:
    """Return the commit that a name stands for, or the checkout where ``ref`` is None.

    Raises:
        UnknownRevisionError: git knows no such commit here.
        RepositoryError: git cannot read the checkout, or the checkout has no commit yet.
    """
    if ref is None:
        return Revision(_head(), dict(_present()), is_checkout=True)
    commit = _commit(ref)
    rows = (line.partition("\t") for line in _git("ls-tree", "-r", "-z", commit).split("\0") if line)
    return Revision(commit, {path: entry.split(" ")[2] for entry, _, path in rows}, is_checkout=False)


def merge_base(ref: str) -> str:
    """Return the commit where the checkout left a branch; the branch's own where they have nothing in common.

    Raises:
        UnknownRevisionError: git knows no such commit here, or a shallow clone lacks the merge base.
        RepositoryError: git cannot read the checkout, or the checkout has no commit yet.
    """
    commit, head = _commit(ref), _head()
    try:
        return _git("merge-base", commit, head).strip()
    except subprocess.CalledProcessError:
        if _git("rev-parse", "--is-shallow-repository").strip() == "true":
            # The branch's own commit may be later: what it changed would be shown reversed.
            raise UnknownRevisionError(
                f"BASE={ref}: this clone is shallow and lacks the commit where the checkout left it. Fetch the rest: "
                "git fetch --unshallow"
            ) from None
        return commit


def dirty() -> list[str]:
    """Return the files of the checkout that differ from its commit."""
    return [entry[3:] for entry in _git("status", "--porcelain", "--no-renames", "-z").split("\0") if entry]


def tracked(*patterns: str) -> list[str]:
    """Return the files of the checkout that git does not ignore, new ones included; with patterns, those that match.

    Raises:
        RepositoryError: git cannot read the checkout.
    """
    listed = _git("ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *patterns).split("\0")
    return [name for name in dict.fromkeys(listed) if name and (CHECKOUT / name).is_file()]


def _head() -> str:
    try:
        return _commit("HEAD")
    except UnknownRevisionError:
        raise RepositoryError(f"{CHECKOUT} has no commit yet: make one and run this again") from None


def _commit(ref: str) -> str:
    try:
        return _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}").strip()
    except subprocess.CalledProcessError:
        raise UnknownRevisionError(
            f"BASE={ref}: git knows no such commit here. Name a branch, a tag or a commit that `git log` shows; "
            f"what only the server has is fetched first: git fetch origin {ref}"
        ) from None


def _present() -> Iterator[tuple[str, str]]:
    names = tracked()
    blobs = _git("hash-object", "--stdin-paths", given="\n".join(names)).splitlines()
    return zip(names, blobs, strict=True)


def _git(*arguments: str, given: str = "") -> str:
    command = ["git", "-C", str(CHECKOUT)]
    try:
        done = _run([*command, *arguments], given)
    except FileNotFoundError:
        raise RepositoryError("git is needed: install it and run this again") from None
    if done.returncode and (unread := _run([*command, "rev-parse", "--git-dir"])).returncode:
        raise RepositoryError(
            f"{CHECKOUT} is no repository that git can read, and this compares with its history. Clone it, rather than "
            f"unpack it. git says: {unread.stderr.strip()}"
        )
    done.check_returncode()
    return done.stdout


def _run(command: list[str], given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, input=given, capture_output=True, text=True, check=False)  # noqa: S603 - git
