"""Approvals of dangers: trailers of the commits under review, each allowing one state of one thing.

    Allow-Replace: GoodiesProd-Data/Database/Instance 0f6c… because the old one is empty

The report prints the line. What stands after ``because`` is the reason; without it the commit's first line is.
"""

import io
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from assembly.revisions import git_environment
from review.model.danger import DIGEST_LENGTH, Allowance, Approval, Danger, JudgedDanger, RefusedApproval

_TRAILER = re.compile(rb"([A-Za-z0-9-]+):[ \t]*(.*)")
_ALLOW = b"allow-"
# What GitHub puts below the description when the squashed commits have several authors
# (github.com/go-gitea/gitea/issues/37529, which does the same).
_ADDED = re.compile(rb"-{3,}|Co-authored-by:.*", re.IGNORECASE)
_VALUE = re.compile(rb"(.*?)(?: ([0-9a-f]{%d}))?(?: because (.*))?" % DIGEST_LENGTH)
_UNRELATED = "the checkout and the base have no commit in common"
_MERGED = "it is older than a merge with another branch; only commits on the line from the base to the head count"
_MISPLACED = "it is not in a last paragraph that holds nothing but trailers"


@dataclass(frozen=True)
class _Commit:
    parents: Sequence[str]
    author: str
    message: bytes

    @property
    def subject(self) -> str:
        return _text(self.message.strip().partition(b"\n")[0])


def approvals_since(base: str, checkout: Path, head: str = "HEAD") -> list[Approval]:
    """Return every approval in the commits that the head has and the base has not, newest first.

    Args:
        base: the branch, tag or commit.
        checkout: a folder of the repository.
        head: the commit.
    """
    commits = _commits(base, head, checkout)
    own = _own(commits)
    fault = _MERGED if own else _UNRELATED
    return [
        approval
        for name, commit in commits.items()
        for approval in _in_commit(name, commit, "" if name in own else fault)
    ]


def _commits(base: str, head: str, checkout: Path) -> Mapping[str, _Commit]:
    """Return the commits by id, the head first.

    Their objects are read, as `git log` translates a message from the encoding that its commit names.
    """
    listed = _git(checkout, "rev-list", "--parents", "--end-of-options", f"{base}..{head}").decode().splitlines()
    parents = {name: others for name, *others in map(str.split, listed)}
    objects = io.BytesIO(_git(checkout, "cat-file", "--batch", given="\n".join(parents).encode()))
    found = {}
    for name, others in parents.items():
        size = int(objects.readline().split()[2])
        header, _, message = objects.read(size).partition(b"\n\n")
        author = re.search(rb"^author (.*?) <", header, re.MULTILINE)
        found[name] = _Commit(others, _text(author[1]) if author else "", message.partition(b"\0")[0])
        objects.readline()
    return found


def _git(checkout: Path, *arguments: str, given: bytes = b"") -> bytes:
    command = ["git", "-C", str(checkout), *arguments]
    done = subprocess.run(command, input=given, env=git_environment(), capture_output=True, check=True)  # noqa: S603 - git
    return done.stdout


def _own(commits: Mapping[str, _Commit]) -> Set[str]:
    """Return the pull request's own commits: the line from the head down to the base.

    It ends where two lines meet that the base has not: git does not say which one was merged into the other. Without
    a commit in common with the base there is no such line.
    """
    if all(parent in commits for commit in commits.values() for parent in commit.parents):
        return set()  # none follows a commit of the base
    own: set[str] = set()
    line = list(commits)[:1]
    while len(line) == 1:
        own.update(line)
        line = [parent for parent in commits[line[0]].parents if parent in commits]
    return own


def _in_commit(name: str, commit: _Commit, fault: str) -> Iterator[Approval]:
    prose, trailers = _parts(commit.message)
    for line, wrong in (*((line, fault) for line in trailers), *((line, fault or _MISPLACED) for line in prose)):
        trailer = _TRAILER.fullmatch(line)
        if trailer and trailer[1].lower().startswith(_ALLOW) and (value := _VALUE.fullmatch(trailer[2])):
            allowance, thing, digest, why = (_text(part or b"") for part in (trailer[1], *value.groups()))
            yield Approval(allowance.title(), thing, digest, commit.author, why or commit.subject, name, wrong)


def _parts(message: bytes) -> tuple[Sequence[bytes], Sequence[bytes]]:
    """Return the lines of prose and the trailers, which are the last paragraph where it holds nothing else.

    Lines end with a line feed and with nothing else. A trailer goes on in lines that begin with a blank.
    """
    lines = (line.rstrip(b" \t\r") for line in message.split(b"\n"))
    paragraphs = [list(group) for filled, group in groupby(lines, key=bool) if filled]
    while len(paragraphs) > 1 and all(_ADDED.fullmatch(line) for line in paragraphs[-1]):
        paragraphs.pop()
    *others, last = paragraphs or [[]]
    prose = [line for paragraph in others for line in paragraph]
    trailers = _unfolded(last) if others else []
    return (prose, trailers) if trailers else ([*prose, *last], [])


def _unfolded(paragraph: Sequence[bytes]) -> Sequence[bytes]:
    """Return the trailers of a paragraph, a line each; none where one line is something else."""
    trailers: list[bytes] = []
    for line in paragraph:
        if trailers and line[:1] in b" \t":
            trailers[-1] += b" " + line.lstrip(b" \t")
        elif _TRAILER.fullmatch(line):
            trailers.append(line)
        else:
            return []
    return trailers


def _text(written: bytes) -> str:
    return written.decode(errors="replace")


def judge(
    dangers: Sequence[Danger], given: Sequence[Approval], has_danger: Callable[[str, Danger], bool]
) -> tuple[list[JudgedDanger], list[RefusedApproval]]:
    """Return each danger with its approval, and the approvals that do not count.

    Args:
        dangers: of the change.
        given: the trailers.
        has_danger: whether a commit already has a danger, as the head has it.
    """
    by_trailer: dict[str, Approval] = {}
    for one in given:
        named = one.allowed(dangers)
        is_new = any(danger.trailer not in by_trailer for danger in named)
        if is_new and all(has_danger(one.commit, danger) for danger in named):
            for danger in named:
                by_trailer.setdefault(danger.trailer, one)
    judged = [JudgedDanger(danger, by_trailer.get(danger.trailer)) for danger in dangers]
    still_open = [each.danger for each in judged if each.approval is None]
    allowed = [each.danger for each in judged if each.approval]
    refused = [one for one in given if not one.allowed(allowed)]
    return judged, [RefusedApproval(one, _why_not(one, dangers, still_open)) for one in refused]


def _why_not(approval: Approval, dangers: Sequence[Danger], still_open: Sequence[Danger]) -> str:
    if approval.fault:
        return approval.fault
    if approval.allowance not in set(Allowance):
        return f"there is no such approval; there are {', '.join(Allowance)}"
    if approval.allowed(still_open):
        return "its commit does not have this danger yet: allow it in a later one, or rebase where the base moved on"
    return _why_not_joint(approval) if approval.is_joint else _why_not_alone(approval, dangers)


def _why_not_joint(approval: Approval) -> str:
    if not Allowance(approval.allowance).is_joint:
        return "what is removed, replaced or less protected is allowed one by one"
    return "it was given for other resources, or another state of one of them; the report prints the lines for these"


def _why_not_alone(approval: Approval, dangers: Sequence[Danger]) -> str:
    alike = [danger for danger in dangers if danger.allowance == approval.allowance]
    for danger in alike:
        if danger.thing == approval.thing and approval.digest:
            return f"it was given for another state of it; the line for this one is {danger.trailer}"
        if f"{approval.thing} ".startswith(f"{danger.thing} "):
            return f"the line is {danger.trailer}, and then nothing, or `because` and the reason"
    things = {danger.thing for danger in dangers}
    if approval.thing in things:
        return "what endangers this thing needs another approval"
    if set(approval.thing) & set("*?[]{},"):
        return "one trailer names one thing: no patterns, no lists"
    below = sorted(thing for thing in things if thing.startswith(f"{approval.thing}/"))
    if below:
        return f"it is broader than what it is to allow; name {below[0]} and its like, each in a trailer of its own"
    return "nothing of that name is in danger; the report says which names there are"
