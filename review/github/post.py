"""``python3 -m review.github.post``: the pull request comment, written once and then kept up to date.

Runs after the workflow that compared, with what its event says and the artifact it left. The event is GitHub's and can
be trusted; the artifact was made by the pull request's code, so it is text of limited length and nothing else. It runs
with a plain Python, so it and all that it imports need the standard library only.
"""

import io
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

from assembly.values import Json
from errors import GoodiesError, exit_on_error
from review.github.client import Repository
from review.github.limits import MARKER, MAX_CHARACTERS

_ARTIFACT = "review"
_FILE = "comment.md"
_MOST_BYTES = 10 * 1024**2
_AUTHOR = "github-actions[bot]"
# Paths of what judges a change: a change of these can make its own report say anything.
JUDGES = (
    ".ci/",
    ".github/",
    "Makefile",
    "assembly/",
    "cdk.json",
    "cdktf.json",
    "errors.py",
    "package",
    "pyproject.toml",
    "reports/__init__.py",
    "reports/cost/",
    "requirements",
    "review/",
    "tools/",
)


class ArtifactError(GoodiesError):
    """An artifact that is not what the comparison leaves, and why."""


def post(repository: Repository, run: Json) -> str:
    """Write the comment that a run of the comparison leaves to the pull request it belongs to; return what was done.

    Args:
        repository: whose pull request it is.
        run: the run, as the event describes it.

    Raises:
        GitHubError: GitHub does not do as asked.
        ArtifactError: the artifact is not what it should be.
    """
    number = _pull_request(repository, run)
    if number is None:
        return f"No open pull request ends with {run['head_sha']} any more; its comment stays as it is."
    text = _text(repository, run)
    judges = sorted(name for name in _changed_files(repository, number) if name.startswith(JUDGES))
    body = {"body": _body(text, judges)}
    for comment in repository.items(f"issues/{number}/comments"):
        if comment["user"]["login"] == _AUTHOR and comment["body"].startswith(MARKER):
            repository.send("PATCH", f"issues/comments/{comment['id']}", body)
            return f"Updated the comment on #{number}."
    repository.send("POST", f"issues/{number}/comments", body)
    return f"Wrote a comment on #{number}."


def _pull_request(repository: Repository, run: Json) -> int | None:
    """Return the number of the pull request. The event names none where it comes from a fork; its branch does."""
    head = f"{run['head_repository']['owner']['login']}:{run['head_branch']}"
    found = repository.get("pulls", state="open", head=head)
    return next((int(each["number"]) for each in found if each["head"]["sha"] == run["head_sha"]), None)


def _text(repository: Repository, run: Json) -> str:
    listed = repository.get(f"actions/runs/{run['id']}/artifacts", name=_ARTIFACT)["artifacts"]
    if not listed:
        return (
            f"{MARKER}\n### ❔ The changes of this pull request are unknown\n[The log]({run['html_url']}) says why.\n"
        )
    packed = repository.download(f"actions/artifacts/{listed[0]['id']}/zip", _MOST_BYTES + 1)
    if len(packed) > _MOST_BYTES:
        raise ArtifactError(f"The artifact is larger than {_MOST_BYTES} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive, archive.open(_FILE) as file:
            text = file.read(4 * MAX_CHARACTERS + 1).decode()  # a character has at most four bytes
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError) as error:
        raise ArtifactError(f"The artifact holds no readable {_FILE}: {error}") from None
    if len(text) > MAX_CHARACTERS or not text.startswith(MARKER):
        raise ArtifactError(f"{_FILE} is longer than {MAX_CHARACTERS} characters, or does not begin with {MARKER}")
    return text


def _changed_files(repository: Repository, number: int) -> Iterator[str]:
    for file in repository.items(f"pulls/{number}/files"):
        yield file["filename"]
        yield file.get("previous_filename", file["filename"])


def _body(text: str, judges: list[str]) -> str:
    """Return the comment; it mentions no person, and says so where it was made by tools that the change changes."""
    quiet = text.removeprefix(MARKER).replace("@", "@\u200b")
    if judges:
        names = ", ".join(dict.fromkeys(f"`{name}`" for name in judges[:3])) + (" and others" if judges[3:] else "")
        quiet = f"\n> ⚠️ This change touches what judges it: {names}. Read that first.\n{quiet}"
    return (MARKER + quiet)[:MAX_CHARACTERS]


def main() -> None:
    """Read the event, and post."""
    event = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
    api, name, token = (os.environ[f"GITHUB_{each}"] for each in ("API_URL", "REPOSITORY", "TOKEN"))
    with exit_on_error():
        print(post(Repository(api, name, token), event["workflow_run"]))


if __name__ == "__main__":
    main()
