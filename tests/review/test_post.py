"""Comment of a pull request: posted, updated, and protected from what a stranger puts into the artifact."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from review.github.artifacts import ArtifactError
from review.github.client import GitHubError, Repository
from review.github.limits import MARKER, MAX_CHARACTERS
from review.github.post import post
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


def test_more_files_than_github_lists_may_hide_a_judge(github: GitHub, repository: Repository) -> None:
    github.files = [*(f"docs/{number}" for number in range(3000)), "review/model/rules.yaml"]
    post(repository, RUN)
    assert "GitHub lists 3000 files of this change; others may judge it" in github.comments[0]["body"].splitlines()[1]


def test_the_name_of_a_judge_stays_in_its_place(github: GitHub, repository: Repository) -> None:
    github.files = ["review/`\r# fine\u2028[link](https://evil.example)"]
    post(repository, RUN)
    assert github.comments[0]["body"].splitlines()[1] == (
        "> ⚠️ This change touches what judges it: `review/··· fine··link··https·//evil.example·`. Read that first."
    )


def test_two_pull_requests_of_one_branch_keep_their_own_comments(github: GitHub, repository: Repository) -> None:
    github.pull_requests = [2, 3]
    assert post(repository, RUN) == "Wrote a comment on #3."


@pytest.mark.parametrize("title", ["Review of #4", "Review of #", "Review of #3 and more", "Something else"])
def test_a_run_that_names_another_pull_request_changes_nothing(repository: Repository, title: str) -> None:
    assert "its comment stays as it is" in post(repository, {**RUN, "display_title": title})


def test_the_artifact_of_an_earlier_attempt_is_not_posted(github: GitHub, repository: Repository) -> None:
    github.artifacts = [{"id": 8, "created_at": "2026-11-29T09:59:00Z"}]
    post(repository, RUN)
    assert "are unknown" in github.comments[0]["body"]
    github.artifacts += [
        {"id": 9, "created_at": "2026-11-29T10:01:00Z"},
        {"id": 7, "created_at": "2026-11-29T10:00:00Z"},
    ]
    post(repository, RUN)
    assert github.comments[0]["body"].startswith(TEXT.rstrip())


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
    assert str(github.comments[0]["body"]).endswith("the whole report is an artifact of the run.\n")


def test_a_refusal_of_github_names_the_request(repository: Repository) -> None:
    with pytest.raises(GitHubError, match="GitHub refuses GET nowhere"):
        repository.get("nowhere")


def test_it_needs_the_standard_library_only() -> None:
    """Its workflow sets nothing up: it runs with the python3 of the runner."""
    command = [sys.executable, "-S", "-E", "-c", "import review.github.post, review.github.download"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
