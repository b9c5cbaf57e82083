"""What a run on a clean checkout updates from, with stand-ins for what it runs."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.synthesis import CHECKOUT

STAND_IN = '#!/usr/bin/env bash\necho "$@"\nexit "${ENDS:-0}"\n'


class Clone:
    """A repository with the script, and two commits on main."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "--quiet", "--initial-branch=main")
        for name, content in ((".ci/run", (CHECKOUT / ".ci" / "run").read_text()), (".venv/bin/python", STAND_IN)):
            path = folder / name
            path.parent.mkdir(parents=True)
            path.write_text(content)
            path.chmod(0o755)
        (folder / "bin").mkdir()
        (folder / "bin" / "make").write_text("#!/usr/bin/env bash\n")
        (folder / "bin" / "make").chmod(0o755)
        self.first, self.second = self.commit(), self.commit()

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.folder), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self) -> str:
        person = ("-c", "user.name=Nils", "-c", "user.email=nils@goodies.example")
        self.git(*person, "commit", "--quiet", "--allow-empty", "--message=Change")
        return self.git("rev-parse", "HEAD")

    def run(self, ends: int = 0) -> tuple[int, str]:
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            [self.folder / ".ci" / "run"],
            env={**os.environ, "PATH": path, "ENDS": str(ends)},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


def test_main_is_tried_as_an_update_of_the_commit_before(clone: Clone) -> None:
    assert clone.run() == (0, f"-m review.try_upgrade --base {clone.first}\n")


def test_a_branch_is_tried_as_an_update_of_where_it_left_main(clone: Clone) -> None:
    clone.git("switch", "--quiet", "--create=change")
    clone.commit()
    clone.commit()
    assert clone.run() == (0, f"-m review.try_upgrade --base {clone.second}\n")


def test_the_servers_main_counts_more_than_the_local_one(clone: Clone) -> None:
    clone.git("update-ref", "refs/remotes/origin/main", clone.first)
    clone.git("switch", "--quiet", "--create=change")
    clone.commit()
    assert clone.run() == (0, f"-m review.try_upgrade --base {clone.first}\n")


def test_without_an_earlier_commit_it_says_so(clone: Clone) -> None:
    clone.git("switch", "--quiet", "--orphan=alone")
    clone.commit()
    ended, output = clone.run()
    assert ended == 0
    assert "the update from it is not tried" in output


@pytest.mark.parametrize(("ends", "expected"), [(1, 1), (3, 0)])
def test_only_an_update_that_could_be_tried_fails_it(clone: Clone, ends: int, expected: int) -> None:
    assert clone.run(ends)[0] == expected
