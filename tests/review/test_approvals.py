"""Trailers that allow a danger: by its exact name only."""

import subprocess
from pathlib import Path

import pytest

from review.judge.approvals import approvals_since
from review.model.danger import Approval
from tests.review.reports import replaced, report

THING = "GoodiesProd-Data/Database/Instance"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    _git(tmp_path, "init", "--quiet", "--initial-branch=main")
    _commit(tmp_path, f"Begin\n\nAllow-Replace: {THING}")
    _git(tmp_path, "tag", "base")
    return tmp_path


def _git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=Ada Lovelace", "-c", "user.email=ada@goodies.example", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True)


def _commit(folder: Path, message: str) -> None:
    _git(folder, "commit", "--quiet", "--allow-empty", f"--message={message}")


def test_a_trailer_says_what_who_and_why(checkout: Path) -> None:
    _commit(checkout, f"Rename the database\n\nNobody uses it yet.\n\nAllow-Replace: {THING} because it is empty")
    (found,) = approvals_since("base", checkout)
    assert (found.allowance, found.thing, found.who, found.why) == (
        "Allow-Replace",
        THING,
        "Ada Lovelace",
        "it is empty",
    )


def test_without_a_reason_the_commit_is_the_reason(checkout: Path) -> None:
    _commit(checkout, f"Rename the database\n\nallow-replace: {THING}")
    (found,) = approvals_since("base", checkout)
    assert (found.allowance, found.why) == ("Allow-Replace", "Rename the database")


def test_what_the_base_allowed_is_over(checkout: Path) -> None:
    _commit(checkout, "Something else")
    assert approvals_since("base", checkout) == []


def test_only_the_end_of_a_message_counts(checkout: Path) -> None:
    _commit(checkout, f"Talk about it\n\nAllow-Replace: {THING}\nwould be needed.\n\nBut not here.")
    assert approvals_since("base", checkout) == []


def _yes(thing: str = THING, allowance: str = "Allow-Replace") -> Approval:
    return Approval(allowance, thing, "Ada", "because", "abc1234")


def test_the_exact_name_allows() -> None:
    given = report([replaced("Database/Instance")], [_yes()])
    assert (given.open, given.refused) == ([], [])


@pytest.mark.parametrize(
    ("approval", "reason"),
    [
        (_yes("GoodiesProd-Data"), "it is broader than what it is to allow; name GoodiesProd-Data/Database/Instance"),
        (_yes("GoodiesProd-Data/Database"), "it is broader"),
        (_yes("GoodiesProd-Data/*"), "no patterns, no lists"),
        (_yes("GoodiesProd-Data/Database/Instance, GoodiesProd-Data/Cache"), "no patterns, no lists"),
        (_yes(allowance="Allow-Everything"), "there is no such approval; there are Allow-Remove, Allow-Replace"),
        (_yes(allowance="Allow-Remove"), "needs another approval"),
        (_yes("GoodiesStaging-Data/Database/Instance"), "nothing of that name is in danger"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_anything_broader_or_other_is_refused_and_said_so(approval: Approval, reason: str) -> None:
    given = report([replaced("Database/Instance")], [approval])
    assert [judged.danger.thing for judged in given.open] == [THING]
    assert [reason in refused.reason for refused in given.refused] == [True]


def test_one_yes_is_no_yes_to_the_next_thing() -> None:
    given = report([replaced("Database/Instance"), replaced("Other/Instance")], [_yes()])
    assert [judged.danger.thing for judged in given.open] == ["GoodiesProd-Data/Other/Instance"]
