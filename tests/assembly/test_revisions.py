"""Commits and the checkout, in small repositories: a full clone, a shallow one, none at all."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from assembly import revisions
from assembly.errors import GitError, RepositoryError, UnknownRevisionError
from assembly.revisions import dirty, merge_base, revision, tracked
from errors import disk_error
from review.try_upgrade import __main__ as try_upgrade
from tools import equality, vocabulary

AUTHOR = ("-c", "user.name=n", "-c", "user.email=e@goodies.example")


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *AUTHOR, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A repository whose main moved on after the branch ``feature`` left it."""
    folder = tmp_path / "origin"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "commit", "--quiet", "--allow-empty", "--message=First")
    git(folder, "checkout", "--quiet", "-b", "feature")
    git(folder, "commit", "--quiet", "--allow-empty", "--message=Feature")
    git(folder, "checkout", "--quiet", "main")
    git(folder, "commit", "--quiet", "--allow-empty", "--message=Main")
    return folder


def clone(origin: Path, folder: Path, *options: str) -> Path:
    url = f"file://{origin}"
    subprocess.run(
        ["git", "clone", "--quiet", *options, "--branch=feature", url, str(folder)], check=True, capture_output=True
    )
    depth = [option for option in options if option.startswith("--depth")]
    git(folder, "fetch", "--quiet", *depth, "origin", "main:main")
    return folder


def test_a_full_clone_has_the_commit_where_the_checkout_left_a_branch(
    origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revisions, "CHECKOUT", clone(origin, tmp_path / "full"))
    assert merge_base("main") == git(origin, "rev-parse", "main^")


def test_a_shallow_clone_is_refused_rather_than_compared_with_what_came_later(
    origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = clone(origin, tmp_path / "shallow", "--depth=1")
    monkeypatch.setattr(revisions, "CHECKOUT", folder)
    with pytest.raises(UnknownRevisionError, match=r"BASE=main: this clone is shallow .*git fetch --unshallow"):
        merge_base("main")
    git(folder, "fetch", "--quiet", "--unshallow")
    assert merge_base("main") == git(origin, "rev-parse", "main^")


def test_a_shallow_clone_that_ends_below_the_merge_base_is_enough(
    origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revisions, "CHECKOUT", clone(origin, tmp_path / "shallow", "--depth=2"))
    assert merge_base("main") == git(origin, "rev-parse", "main^")


def test_a_shallow_clone_that_hides_history_of_the_checkout_is_refused(
    origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is a commit in common, but what the base has and what is the checkout's own is not known."""
    git(origin, "checkout", "--quiet", "feature")
    git(origin, "merge", "--quiet", "--message=Merge", "main")
    git(origin, "checkout", "--quiet", "main")
    monkeypatch.setattr(revisions, "CHECKOUT", clone(origin, tmp_path / "shallow", "--depth=2"))
    with pytest.raises(UnknownRevisionError, match="git fetch --unshallow"):
        merge_base("main")


def test_branches_without_a_common_commit_are_compared_as_they_are(
    origin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(origin, "checkout", "--quiet", "--orphan", "other")
    git(origin, "commit", "--quiet", "--allow-empty", "--message=Other")
    monkeypatch.setattr(revisions, "CHECKOUT", origin)
    assert merge_base("main") == git(origin, "rev-parse", "main")


@pytest.mark.parametrize(
    "read",
    [
        lambda: revision(None),
        lambda: revision("main"),
        lambda: merge_base("main"),
        dirty,
        tracked,
        vocabulary.python_files,
        try_upgrade.main,
    ],
    ids=["checkout", "commit", "merge base", "dirty", "tracked", "vocabulary", "try-upgrade"],
)
def test_without_a_repository_each_reader_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Callable[[], object]
) -> None:
    monkeypatch.setattr(revisions, "CHECKOUT", tmp_path)
    with pytest.raises(RepositoryError, match=r"is no repository that git can read.*git says: fatal"):
        read()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RepositoryError, match="git is needed"):
        read()


def test_a_repository_without_a_commit_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(tmp_path, "init", "--quiet")
    monkeypatch.setattr(revisions, "CHECKOUT", tmp_path)
    with pytest.raises(RepositoryError, match="has no commit yet"):
        revision(None)


def test_equality_without_a_repository_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(revisions, "CHECKOUT", tmp_path)
    with pytest.raises(SystemExit) as ended:
        equality.main()
    assert ended.value.code == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_file_that_changes_is_hashed_again(origin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revisions, "CHECKOUT", origin)
    found = set()
    for text in ("one", "two", "one"):
        (origin / "file").write_text(text)
        found.add(revision(None).files["file"])
    assert len(found) == 2


def test_a_full_disk_is_told_as_one(origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revisions, "CHECKOUT", origin)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    (tmp_path / "blocked").touch()
    with pytest.raises(OSError, match="git read-tree fails") as full:
        revision("main").write([], tmp_path / "blocked")
    assert str(disk_error(full.value)).startswith("The disk is full: ")


def test_what_git_says_is_told(origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revisions, "CHECKOUT", origin)
    blocked = tmp_path / "blocked"
    blocked.touch()
    with pytest.raises(GitError, match=r"git read-tree fails, and says: .*blocked/.index"):
        revision("main").write([], blocked)


@pytest.mark.parametrize("name", ["main", "main~0", "HEAD-commit"])
def test_a_tag_passes_for_no_other_name(origin: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(revisions, "CHECKOUT", origin)
    ref = git(origin, "rev-parse", "HEAD")[:8] if name == "HEAD-commit" else name
    expected = git(origin, "rev-parse", ref)
    assert revision(ref).commit == expected
    git(origin, "tag", ref.partition("~")[0], "feature")
    with pytest.raises(UnknownRevisionError, match=r"is ambiguous: name one of .*refs/tags/"):
        revision(ref)
    assert revision(expected).commit == revision("refs/heads/main").commit == expected


def test_a_commit_is_written_by_its_own_attributes(
    origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revisions, "CHECKOUT", origin)
    (origin / "made.txt").write_text("one\n")
    git(origin, "add", "--all")
    git(origin, "commit", "--quiet", "--message=Made")
    (origin / ".gitattributes").write_text("made.txt text eol=crlf\n")
    (tmp_path / "plain").mkdir()
    revision("HEAD").write(["made.txt"], tmp_path / "plain")
    assert (tmp_path / "plain" / "made.txt").read_bytes() == b"one\n"
    git(origin, "add", "--all")
    git(origin, "commit", "--quiet", "--message=Attributes")
    (tmp_path / "other").mkdir()
    revision("HEAD").write(["made.txt"], tmp_path / "other")
    assert (tmp_path / "other" / "made.txt").read_bytes() == b"one\r\n"


def test_no_filter_hides_a_change_of_the_checkout(origin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revisions, "CHECKOUT", origin)
    (origin / ".gitattributes").write_text("made.txt ident\n")
    found = []
    for content in ("$Id$\n", "$Id: something else $\n"):
        (origin / "made.txt").write_text(content)
        found.append(revision(None).files["made.txt"])
    assert found[0] != found[1]


def test_a_hook_leads_git_to_no_other_repository(origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revisions, "CHECKOUT", origin)
    expected = revision("main")
    git(tmp_path, "init", "--quiet", "other")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "none"))
    assert revision("main") == expected


def test_a_commit_that_another_replaces_here_holds_what_it_holds_elsewhere(
    origin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revisions, "CHECKOUT", origin)
    before = merge_base("main", "feature")
    git(origin, "replace", "--graft", "feature", "main")
    assert merge_base("main", "feature") == before
