"""Comment of a pull request: posted, updated, and protected from what a stranger puts into the artifact."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from review.github.client import GitHubError, Repository
from review.github.limits import MARKER, MAX_CHARACTERS
from review.github.post import JUDGES, ArtifactError, post
from tests.review.fake_github import RUN, TEXT, GitHub, packed, served
from tests.synthesis import CHECKOUT


@pytest.fixture
def github() -> GitHub:
    return GitHub()


@pytest.fixture
def repository(github: GitHub) -> Iterator[Repository]:
    with served(github) as address:
        yield Repository(address, "goodies/deployment", "secret")


def test_one_comment_is_written_and_then_kept_up_to_date(github: GitHub, repository: Repository) -> None:
    github.comments = [{"id": number, "user": {"login": "somebody"}, "body": MARKER} for number in range(120)]
    assert post(repository, RUN) == "Wrote a comment on #3."
    github.artifact = packed(comment=f"{MARKER}\nSomething changes".encode())
    assert post(repository, RUN) == "Updated the comment on #3."
    assert len(github.comments) == 121
    assert github.comments[120]["body"] == f"{MARKER}\nSomething changes"


def test_the_storage_never_sees_the_token(github: GitHub, repository: Repository) -> None:
    post(repository, RUN)
    assert set(github.tokens) == {"Bearer secret"}
    assert github.storage_tokens == [None]


def test_a_commit_that_is_no_longer_the_last_changes_nothing(github: GitHub, repository: Repository) -> None:
    github.head_sha = "0000000"
    assert "its comment stays as it is" in post(repository, RUN)
    assert github.comments == []


def test_nobody_is_called_by_name(github: GitHub, repository: Repository) -> None:
    github.artifact = packed(comment=f"{MARKER}\n@everyone look".encode())
    post(repository, RUN)
    assert github.comments[0]["body"] == f"{MARKER}\n@\u200beveryone look"


def test_a_change_of_its_judges_comes_first(github: GitHub, repository: Repository) -> None:
    github.files = ["environments/dev.yaml", "review/model/rules.yaml"]
    post(repository, RUN)
    assert github.comments[0]["body"].splitlines()[1] == (
        "> ⚠️ This change touches what judges it: `review/model/rules.yaml`. Read that first."
    )


def test_a_run_without_an_artifact_links_to_its_log(github: GitHub, repository: Repository) -> None:
    github.artifact = None
    post(repository, RUN)
    assert "are unknown" in github.comments[0]["body"]
    assert RUN["html_url"] in github.comments[0]["body"]


@pytest.mark.parametrize(
    "artifact",
    [
        b"no archive",
        packed(other=TEXT.encode()),
        packed(comment=b"without the marker"),
        packed(comment=TEXT.encode() + b"\xff"),
        packed(comment=TEXT.encode() + b"x" * MAX_CHARACTERS),
        packed(comment=TEXT.encode() + b"x" * 50_000_000),
    ],
    ids=["no archive", "no comment", "no marker", "no text", "too long", "a bomb"],
)
def test_what_no_comparison_leaves_is_refused(github: GitHub, repository: Repository, artifact: bytes) -> None:
    github.artifact = artifact
    with pytest.raises(ArtifactError):
        post(repository, RUN)
    assert github.comments == []


def test_a_comment_stays_within_the_limit(github: GitHub, repository: Repository) -> None:
    github.artifact = packed(comment=(TEXT + "@" * (MAX_CHARACTERS - len(TEXT))).encode())
    post(repository, RUN)
    assert len(github.comments[0]["body"]) == MAX_CHARACTERS


def test_a_refusal_of_github_names_the_request(repository: Repository) -> None:
    with pytest.raises(GitHubError, match="GitHub refuses GET nowhere"):
        repository.get("nowhere")


def test_it_needs_the_standard_library_only() -> None:
    """Its workflow sets nothing up: it runs with the python3 of the runner."""
    command = [sys.executable, "-S", "-E", "-c", "import review.github.post"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_all_that_the_review_imports_judges_a_change() -> None:
    program = (
        "import json, sys, review.__main__\n"
        "print(json.dumps([m.__file__ for m in sys.modules.values() if getattr(m, '__file__', None)]))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    tracked = subprocess.run(["git", "ls-files"], cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
    inside = {Path(file) for file in json.loads(done.stdout) if Path(file).is_relative_to(CHECKOUT)}
    imported = {file.relative_to(CHECKOUT).as_posix() for file in inside} & set(tracked.splitlines())
    assert "review/judge/dangers.py" in imported
    assert {file for file in imported if not file.startswith(JUDGES)} == set()


def test_every_judge_is_a_file_of_the_repository() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
    assert [judge for judge in JUDGES if not any(file.startswith(judge) for file in tracked.splitlines())] == []
