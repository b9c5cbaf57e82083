"""Approvals of dangers: trailers of the commits under review, each naming exactly one thing.

    Allow-Replace: GoodiesProd-Data/Database/Instance because the old one is empty

What stands after ``because`` is the reason; without it the commit's first line is.
"""

import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from review.model.danger import Allowance, Approval, Danger, JudgedDanger, RefusedApproval

_FIELD, _RECORD = "\x1f", "\x1e"
_FORMAT = _FIELD.join(("%h", "%an", "%s", "%(trailers:only,unfold)")) + _RECORD


def approvals_since(base: str, checkout: Path) -> list[Approval]:
    """Return every approval in the commits that a checkout has and the base has not, newest first.

    Args:
        base: the commit.
        checkout: a folder of the repository.
    """
    log = subprocess.run(  # noqa: S603 - git, with a commit that git named
        ["git", "-C", str(checkout), "log", f"--format={_FORMAT}", f"{base}..HEAD"],  # noqa: S607 - the git of the PATH
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [approval for record in log.split(_RECORD) if record.strip() for approval in _in_commit(record.strip("\n"))]


def _in_commit(record: str) -> Iterator[Approval]:
    commit, who, subject, trailers = record.split(_FIELD)
    for line in trailers.splitlines():
        key, _, value = line.partition(":")
        if key.lower().startswith("allow-"):
            thing, _, why = value.strip().partition(" because ")
            yield Approval(key.strip().title(), thing.strip(), who, why.strip() or subject, commit)


def judge(dangers: Iterable[Danger], given: Sequence[Approval]) -> tuple[list[JudgedDanger], list[RefusedApproval]]:
    """Return each danger with its approval, and the approvals that do not count."""
    found = [JudgedDanger(danger, next((one for one in given if one.allows(danger)), None)) for danger in dangers]
    used = {judgement.approval for judgement in found}
    things = {judgement.danger.thing for judgement in found}
    return found, [RefusedApproval(one, _why_not(one, things)) for one in given if one not in used]


def _why_not(approval: Approval, things: Iterable[str]) -> str:
    if approval.allowance not in set(Allowance):
        return f"there is no such approval; there are {', '.join(Allowance)}"
    if set(approval.thing) & set("*?[]{},"):
        return "one trailer names one thing: no patterns, no lists"
    below = sorted(thing for thing in things if thing.startswith(f"{approval.thing}/"))
    if below:
        return f"it is broader than what it is to allow; name {below[0]} and its like, each in a trailer of its own"
    if approval.thing in things:
        return "what endangers this thing needs another approval"
    return "nothing of that name is in danger; the report says which names there are"
