"""Source of the image: public, or with credentials; git asks real repositories on this disk."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from admin.preflight.aws import source, translated
from admin.preflight.aws.needs import Needs
from admin.preflight.model import Answer, State, run
from assembly.values import Json
from tests.admin.preflight.aws.answers import DENIED, Answers, Given

STORED = {"sourceCredentialsInfos": [{"arn": "arn:it", "serverType": "GITHUB", "authType": "OAUTH"}]}
NONE: Json = {"sourceCredentialsInfos": []}


def answer(needs: Needs, stored: Given, clone: Callable[[str], str], *, embedded: bool = False) -> Answer:
    account = Answers({"codebuild:ListSourceCredentials": stored}).account(embedded=embedded)
    return run(map(translated, source.checks(needs, account, clone)))[0].answer


@pytest.mark.parametrize(
    ("stored", "error", "state"),
    [
        (STORED, "unasked", State.FINE),
        (NONE, "", State.FINE),
        (NONE, "fatal: could not read Username for 'https://github.com': terminal prompts disabled", State.MISSING),
        (NONE, "fatal: unable to access 'https://github.com/': Could not resolve host: github.com", State.UNKNOWN),
        (DENIED, "unasked", State.UNKNOWN),
    ],
)
def test_credentials(needs: Needs, stored: Given, error: str, state: State) -> None:
    assert answer(needs, stored, lambda _: error).state is state


def test_the_embedded_cloud_asks_nobody(needs: Needs) -> None:
    def clone(_: str) -> str:
        raise AssertionError("it was cloned")

    assert answer(needs, NONE, clone, embedded=True).state is State.UNKNOWN


def test_git_lists_a_repository(tmp_path: Path) -> None:
    repository = tmp_path / "application"
    subprocess.run(["git", "init", "--quiet", repository], check=True)
    identity = ["-c", "user.name=me", "-c", "user.email=me@goodies.example"]
    subprocess.run(["git", "-C", repository, *identity, "commit", "--quiet", "--allow-empty", "-m", "one"], check=True)
    assert source.clone_error(str(repository)) == ""
    assert "does not appear to be a git repository" in source.clone_error(str(tmp_path / "absent"))
    assert "blocked" in source.clone_error("--upload-pack=touch")
