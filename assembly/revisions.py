"""Files of a commit or of the checkout."""

import errno
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR, S_ISLNK, S_ISREG
from types import MappingProxyType

from assembly.errors import GitError, RepositoryError, UnknownRevisionError

CHECKOUT = Path(__file__).parent.parent
# Mode of a regular file in git; what a link leads to belongs to no revision.
_REGULAR = "100"
_NAMES_AT_ONCE = 500
# What leads git to another repository, as in a hook, or to another history than others have (`git rev-parse
# --local-env-vars`; gitglossary, "grafts" and "replace").
_ELSEWHERE = (
    *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_DIR", "GIT_INDEX_FILE", "GIT_NAMESPACE"),
    *("GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_REPLACE_REF_BASE", "GIT_SHALLOW_FILE", "GIT_WORK_TREE"),
)
_AS_ELSEWHERE = {"GIT_NO_REPLACE_OBJECTS": "1", "GIT_GRAFT_FILE": os.devnull}
# In bytes: less than this, where git fails to write, is taken for the reason.
_LITTLE_SPACE = 1024**2
_hashed: dict[str, tuple[tuple[int, ...], str]] = {}


@dataclass(frozen=True)
class Revision:
    """A commit, or the checkout with all that is not committed yet.

    Attributes:
        commit: its id; of the checkout, that of the commit it began with.
        files: the blob id of each file, by path. Files that git ignores and links do not count.
        is_checkout: whether it is the checkout.
        links: the paths of links, and of other repositories in it.
    """

    commit: str
    files: Mapping[str, str]
    is_checkout: bool
    links: frozenset[str] = frozenset()

    def read(self, path: str) -> str:
        """Return the content of a file."""
        return (CHECKOUT / path).read_text() if self.is_checkout else _git("cat-file", "blob", self.files[path])

    def write(self, paths: Sequence[str], folder: Path) -> None:
        """Write some of its files into a folder; the checkout's keep their times, so that byte code stays valid."""
        if not self.is_checkout:
            try:
                self._write_blobs(paths, folder)
            except GitError as error:
                if shutil.disk_usage(folder).free > _LITTLE_SPACE:
                    raise
                raise OSError(errno.ENOSPC, str(error), str(folder)) from None  # git does not say why
            return
        for path in paths:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / path, folder / path, follow_symlinks=False)

    def _write_blobs(self, paths: Sequence[str], folder: Path) -> None:
        # With a work tree that is empty, git reads the commit's own attributes, and not the checkout's.
        index = {"GIT_INDEX_FILE": str(folder / ".index"), "GIT_WORK_TREE": str(folder)}
        _git("read-tree", self.commit, variables=index)
        given = "\0".join(paths)
        _git("checkout-index", "-z", "--stdin", f"--prefix={folder}/", given=given, variables=index)
        (folder / ".index").unlink()


def revision(ref: str | None) -> Revision:
    """Return the commit that a name stands for, or the checkout where ``ref`` is None.

    Raises:
        UnknownRevisionError: git knows no such commit here.
        RepositoryError: git cannot read the checkout, or the checkout has no commit yet.
    """
    if ref is None:
        found = dict(_states())
        links = frozenset(name for name, state in found.items() if S_ISLNK(state.st_mode) or S_ISDIR(state.st_mode))
        return Revision(_head(), dict(_present(found)), is_checkout=True, links=links)
    commit = _commit(ref)
    rows = [line.partition("\t") for line in _git("ls-tree", "-r", "-z", commit).split("\0") if line]
    files = {path: entry.split(" ")[2] for entry, _, path in rows if entry.startswith(_REGULAR)}
    return Revision(commit, files, is_checkout=False, links=frozenset(path for _, _, path in rows) - files.keys())


def without_git(names: Iterable[str]) -> Revision:
    """Return some files and folders of the checkout where git cannot say what it holds: without blob ids."""
    found = (path for name in names for path in (CHECKOUT / name, *(CHECKOUT / name).rglob("*")) if path.is_file())
    return Revision("", {path.relative_to(CHECKOUT).as_posix(): "" for path in found}, is_checkout=True)


def merge_base(ref: str, head: str = "HEAD") -> str:
    """Return the commit where the checkout, or another head, left a branch.

    It is the branch's own where they have nothing in common.

    Raises:
        UnknownRevisionError: git knows no such commit here, or a shallow clone ends above the merge base.
        RepositoryError: git cannot read the checkout, or the checkout has no commit yet.
    """
    commit, left = _commit(ref), _head() if head == "HEAD" else _commit(head)
    # Where a shallow clone ends, a commit has no parents. If that is above the merge base, what the branch changed
    # would be shown reversed, and approvals in the branch's history would count as the checkout's.
    if _git("rev-parse", "--is-shallow-repository").strip() == "true" and _git(
        "rev-list", "--max-parents=0", f"{commit}...{left}"
    ):
        raise UnknownRevisionError(
            f"BASE={ref}: this clone is shallow and lacks the commit where the checkout left it. Fetch the rest: "
            "git fetch --unshallow"
        )
    try:
        return _git("merge-base", commit, left).strip()
    except GitError:
        return commit


def dirty() -> list[str]:
    """Return the files of the checkout that differ from its commit."""
    return [entry[3:] for entry in _git("status", "--porcelain", "--no-renames", "-z").split("\0") if entry]


def tracked(*patterns: str) -> list[str]:
    """Return the files of the checkout that git does not ignore, new ones included; with patterns, those that match.

    Raises:
        RepositoryError: git cannot read the checkout.
    """
    return [name for name in _listed(*patterns) if (CHECKOUT / name).is_file()]


def _listed(*patterns: str) -> list[str]:
    listed = _git("ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *patterns).split("\0")
    return [name for name in dict.fromkeys(listed) if name]


def git_environment() -> dict[str, str]:
    """Return the environment in which git reads the repository that it runs in, with the history that all have."""
    return {name: value for name, value in os.environ.items() if name not in _ELSEWHERE} | _AS_ELSEWHERE


def _head() -> str:
    try:
        return _commit("HEAD")
    except UnknownRevisionError:
        raise RepositoryError(f"{CHECKOUT} has no commit yet: make one and run this again") from None


def _commit(ref: str) -> str:
    _refuse_ambiguous(ref)
    try:
        return _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}").strip()
    except GitError:
        raise UnknownRevisionError(
            f"BASE={ref}: git knows no such commit here. Name a branch, a tag or a commit that `git log` shows; "
            f"what only the server has is fetched first: git fetch origin {ref}"
        ) from None


def _refuse_ambiguous(ref: str) -> None:
    """Refuse a name of a tag that is a branch's, too, or the beginning of a commit's: git would take the tag.

    Raises:
        UnknownRevisionError: the name is ambiguous.
    """
    name = re.split(r"[~^@:]", ref)[0]
    named = [f"refs/{kind}/{name}" for kind in ("tags", "heads", "remotes")]
    found = [each for each in _git("for-each-ref", "--format=%(refname)", *named).splitlines() if each in named]
    if found and re.fullmatch(r"[0-9a-f]{4,39}", name):
        found += _git("rev-parse", f"--disambiguate={name}").split()
    if len(found) > 1:
        raise UnknownRevisionError(f"BASE={ref} is ambiguous: name one of {', '.join(found)}")


def _states() -> Iterator[tuple[str, os.stat_result]]:
    """Yield what there is of the checkout under each name, of a link the link itself."""
    for name in _listed():
        with suppress(FileNotFoundError, NotADirectoryError):
            yield name, os.lstat(f"{CHECKOUT}/{name}")


def _present(found: Mapping[str, os.stat_result]) -> Iterator[tuple[str, str]]:
    """Return each file with its blob id. One that this process has hashed is hashed again only after a change."""
    states = {name: _state(each) for name, each in found.items() if S_ISREG(each.st_mode)}
    hashed = ((name, _hashed.get(f"{CHECKOUT}/{name}", ((), ""))[0]) for name in states)
    changed = [name for name, state in hashed if state != states[name]]
    # As arguments: --stdin-paths ends a name at a newline.
    for start in range(0, len(changed), _NAMES_AT_ONCE):
        several = changed[start : start + _NAMES_AT_ONCE]
        # As they are, since they are synthesized so: a filter may leave something out.
        blobs = _git("hash-object", "--no-filters", "--", *several).splitlines()
        _hashed.update((f"{CHECKOUT}/{name}", (states[name], blob)) for name, blob in zip(several, blobs, strict=True))
    return ((name, _hashed[f"{CHECKOUT}/{name}"][1]) for name in states)


def _state(found: os.stat_result) -> tuple[int, ...]:
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _git(*arguments: str, given: str = "", variables: Mapping[str, str] = MappingProxyType({})) -> str:
    command = ["git", "-C", str(CHECKOUT)]
    try:
        done = _run([*command, *arguments], given, variables)
    except FileNotFoundError:
        raise RepositoryError("git is needed: install it and run this again") from None
    if done.returncode and (unread := _run([*command, "rev-parse", "--git-dir"])).returncode:
        raise RepositoryError(
            f"{CHECKOUT} is no repository that git can read, and this compares with its history. Clone it, rather than "
            f"unpack it. git says: {unread.stderr.strip()}"
        )
    if done.returncode:
        said = done.stderr.strip().partition("\n")[0] or f"exit code {done.returncode}"
        raise GitError(f"git {arguments[0]} fails, and says: {said}")
    return done.stdout


def _run(
    command: list[str], given: str = "", variables: Mapping[str, str] = MappingProxyType({})
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - git
        command,
        input=given,
        env={**git_environment(), **variables},
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",  # a file's name is bytes
        check=False,
    )
