"""CI of an update: its base commit, and the results that fail a run."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.testing import CliRunner

from review.errors import ReviewError
from review.try_upgrade import __main__ as command
from review.try_upgrade.base import default_base
from tests.synthesis import CHECKOUT


class Clone:
    """A repository with two commits on main."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "--quiet", "--initial-branch=main")
        self.first, self.second = self.commit(), self.commit()

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.folder), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self) -> str:
        person = ("-c", "user.name=Nils", "-c", "user.email=nils@goodies.example")
        self.git(*person, "commit", "--quiet", "--allow-empty", "--message=Change")
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


def test_main_is_tried_as_an_update_of_the_commit_before(clone: Clone) -> None:
    assert default_base(clone.folder) == clone.first


def test_a_branch_is_tried_as_an_update_of_where_it_left_main(clone: Clone) -> None:
    clone.git("switch", "--quiet", "--create=change")
    clone.commit()
    clone.commit()
    assert default_base(clone.folder) == clone.second


def test_the_servers_main_counts_more_than_the_local_one(clone: Clone) -> None:
    clone.git("update-ref", "refs/remotes/origin/main", clone.first)
    clone.git("switch", "--quiet", "--create=change")
    clone.commit()
    assert default_base(clone.folder) == clone.first


def test_without_an_earlier_commit_there_is_none(clone: Clone) -> None:
    clone.git("switch", "--quiet", "--orphan=alone")
    clone.commit()
    assert default_base(clone.folder) is None


def upgraded(monkeypatch: pytest.MonkeyPatch, result: list[str] | Exception, *options: str, base: str | None) -> Any:
    def tried(*_: Any) -> list[str]:
        if isinstance(result, Exception):
            raise result
        return result

    monkeypatch.setattr(command, "_try", tried)
    monkeypatch.setattr(command, "default_base", lambda: base)
    app = typer.Typer()
    app.command()(command.main)
    return CliRunner().invoke(app, options)


@pytest.mark.parametrize(
    ("result", "options", "expected"),
    [
        ([], (), 0),
        (["it is replaced"], (), 1),
        (ReviewError("the base does not deploy"), (), 0),
    ],
)
def test_only_an_update_that_could_be_tried_fails_a_run(
    monkeypatch: pytest.MonkeyPatch, result: list[str] | Exception, options: tuple[str, ...], expected: int
) -> None:
    assert upgraded(monkeypatch, result, *options, base="HEAD^").exit_code == expected


def test_a_base_that_is_named_must_deploy(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = upgraded(monkeypatch, ReviewError("the base does not deploy"), "--base", "v1", base="HEAD^")
    assert isinstance(ended.exception, ReviewError)


def test_without_an_earlier_commit_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = upgraded(monkeypatch, ["never tried"], base=None)
    assert (ended.exit_code, "nothing is tried" in ended.output) == (0, True)


def test_the_server_runs_what_anybody_can_run() -> None:
    """Each job of the workflow makes one target, and ``.ci/run`` makes all of them but two, which take long."""
    workflow = yaml.safe_load((CHECKOUT / ".github" / "workflows" / "check.yaml").read_text())
    commands = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    of_jobs = [targets_of(command) for command in commands]
    assert {len(each) for each in of_jobs} == {1}
    of_run = [
        targets_of(line)
        for line in (CHECKOUT / ".ci" / "run").read_text().splitlines()
        if "make " in line and not line.startswith("#")
    ]
    of_one_machine = {each for several in of_jobs for each in several} - {"stories", "try-upgrade"}
    assert {each for several in of_run for each in several} == of_one_machine


def targets_of(command: str) -> list[str]:
    """Return what a command makes."""
    words = command.partition("make ")[2].split()
    return [word for word in words if not word.startswith("--")]
