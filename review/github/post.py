"""``python3 -m review.github.post``: the pull request comment, written once and then kept up to date.

Runs after the workflow that compared, with what its event says and the artifact it left. The event is GitHub's and can
be trusted; a pull request may change the workflow that makes the artifact, so it is text of limited length and nothing
else. It runs with a plain Python, so it and all that it imports need the standard library only.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

from assembly.values import Json
from errors import exit_on_error
from review.github.artifacts import ArtifactError, artifact_file
from review.github.client import Repository
from review.github.limits import MARKER, MAX_CHARACTERS
from review.judges import judges

_ARTIFACT = "review"
_FILE = "comment.md"
_MOST_BYTES = 10 * 1024**2
_AUTHOR = "github-actions[bot]"
# GitHub lists no more files of a pull request ("List pull requests files", REST API).
_MOST_FILES = 3000
# What follows where the warning, or the characters that keep the comment quiet, leave too little room.
_CUT = "\n\nToo much for a comment, which ends here; the whole report is an artifact of the run.\n"
# The name of a run, which review.yaml gives it: a pull request's branch may belong to several.
_TITLE = re.compile(r"Review of #(\d+)")


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
        return f"{run['display_title']!r} ends no more with {run['head_sha']}; its comment stays as it is."
    body = {"body": _body(_text(repository, run), list(_changed_files(repository, number)))}
    for comment in repository.items(f"issues/{number}/comments"):
        if comment["user"]["login"] == _AUTHOR and comment["body"].startswith(MARKER):
            repository.send("PATCH", f"issues/comments/{comment['id']}", body)
            return f"Updated the comment on #{number}."
    repository.send("POST", f"issues/{number}/comments", body)
    return f"Wrote a comment on #{number}."


def _pull_request(repository: Repository, run: Json) -> int | None:
    """Return the number of the pull request, which the run's name says and GitHub confirms.

    The event itself names none where it comes from a fork, and all of the branch where it does not.
    """
    named = _TITLE.fullmatch(run["display_title"])
    head = f"{run['head_repository']['owner']['login']}:{run['head_branch']}"
    found = repository.get("pulls", state="open", head=head)
    of_head = {int(each["number"]) for each in found if each["head"]["sha"] == run["head_sha"]}
    return int(named[1]) if named and int(named[1]) in of_head else None


def _text(repository: Repository, run: Json) -> str:
    started = run["run_started_at"]
    content = artifact_file(repository, run["id"], _ARTIFACT, _FILE, most_bytes=_MOST_BYTES, since=started)
    if content is None:
        return (
            f"{MARKER}\n### ❔ The changes of this pull request are unknown\n[The log]({run['html_url']}) says why.\n"
        )
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise ArtifactError(f"{_FILE} is no text: {error}") from None
    if len(text) > MAX_CHARACTERS or not text.startswith(MARKER):
        raise ArtifactError(f"{_FILE} is longer than {MAX_CHARACTERS} characters, or does not begin with {MARKER}")
    return text


def _changed_files(repository: Repository, number: int) -> Iterator[str]:
    for file in repository.items(f"pulls/{number}/files"):
        yield file["filename"]
        yield file.get("previous_filename", file["filename"])


def _body(text: str, files: list[str]) -> str:
    """Return the comment; it mentions no person, and says first where it was made by tools that the change changes."""
    quiet = text.removeprefix(MARKER).replace("@", "@\u200b")
    found = sorted({name for name in files if judges(name)})
    if found:
        names = ", ".join(f"`{_quiet_name(name)}`" for name in found[:3]) + (" and others" if found[3:] else "")
        quiet = f"\n> ⚠️ This change touches what judges it: {names}. Read that first.\n{quiet}"
    elif len(files) >= _MOST_FILES:
        quiet = f"\n> ⚠️ GitHub lists {_MOST_FILES} files of this change; others may judge it. Read them first.\n{quiet}"
    if len(MARKER + quiet) > MAX_CHARACTERS:
        quiet = f"{quiet[: MAX_CHARACTERS - len(MARKER) - len(_CUT)]}{_CUT}"
    return MARKER + quiet


def _quiet_name(name: str) -> str:
    """Return a file's name that cannot leave its code span."""
    return re.sub(r"[^\w./+ -]", "·", name)[:100]


def main() -> None:
    """Read the event, and post."""
    event = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
    api, name, token = (os.environ[f"GITHUB_{each}"] for each in ("API_URL", "REPOSITORY", "TOKEN"))
    with exit_on_error():
        print(post(Repository(api, name, token), event["workflow_run"]))


if __name__ == "__main__":
    main()
