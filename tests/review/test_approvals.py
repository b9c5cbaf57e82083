"""Trailers that allow a danger: of the pull request's own commits, and for the value that they were given for."""

import itertools
import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assembly.errors import SynthesisError
from review.compare.clouds import compare
from review.judge.approvals import approvals_since
from review.judge.dangers import dangers
from review.model.change import NOT_SET, Change, Edit, Kind
from review.model.danger import Approval, Danger, joint_trailer
from review.report import FolderSide, has_danger
from tests.review.conftest import write_terraform
from tests.review.reports import replaced, report, resource, yes_to
from tests.review.terraform_corpus import stack

CHANGE = replaced("Database/Instance")
YES = yes_to(CHANGE)
THING, DIGEST, LINE = YES.thing, YES.digest, str(YES)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    _git(tmp_path, "init", "--quiet", "--initial-branch=main")
    _commit(tmp_path, f"Begin\n\n{LINE}")
    _git(tmp_path, "tag", "base")
    return tmp_path


def _git(folder: Path, *arguments: str, given: bytes = b"") -> str:
    who = ["-c", "user.name=Ada Lovelace", "-c", "user.email=ada@goodies.example", "-c", "commit.gpgsign=false"]
    command = ["git", "-C", str(folder), *who, *arguments]
    return subprocess.run(command, check=True, capture_output=True, input=given).stdout.decode().strip()


def _commit(folder: Path, message: str | bytes, encoding: str = "UTF-8") -> None:
    """Commit with a message as it is, to its last byte, whatever encoding the commit names."""
    written = message.encode() if isinstance(message, str) else message
    how = ["-c", f"i18n.commitEncoding={encoding}", "commit", "--quiet", "--allow-empty", "--cleanup=verbatim"]
    _git(folder, *how, "--file=-", given=written)


def _rewritten(folder: Path, change: Callable[[bytes], bytes]) -> None:
    """Stand on another commit than HEAD's, made from its bytes."""
    command = ["git", "-C", str(folder), "cat-file", "commit", "HEAD"]
    written = change(subprocess.run(command, check=True, capture_output=True).stdout)
    made = _git(folder, "hash-object", "-t", "commit", "-w", "--literally", "--stdin", given=written)
    _git(folder, "reset", "--quiet", "--soft", made)


def _given(checkout: Path, base: str = "base") -> list[str]:
    """Return the approvals that may count, as they are written."""
    return [str(each) for each in approvals_since(base, checkout) if not each.fault]


def _faults(checkout: Path, base: str = "base") -> list[str]:
    return [each.fault for each in approvals_since(base, checkout) if each.fault]


def test_a_trailer_says_what_who_and_why(checkout: Path) -> None:
    _commit(checkout, f"Rename the database\n\nNobody uses it yet.\n\n{LINE} because it is empty")
    (found,) = approvals_since("base", checkout)
    head = _git(checkout, "rev-parse", "HEAD")
    assert found == Approval("Allow-Replace", THING, DIGEST, "Ada Lovelace", "it is empty", head)
    assert report([CHANGE], [found]).open == []


def test_without_a_reason_the_commit_is_the_reason(checkout: Path) -> None:
    _commit(checkout, f"Rename the database\n\n{LINE.replace('Allow-Replace', 'allow-replace')}")
    (found,) = approvals_since("base", checkout)
    assert (found.allowance, found.why) == ("Allow-Replace", "Rename the database")


def test_what_the_base_allowed_is_over(checkout: Path) -> None:
    _commit(checkout, "Something else")
    assert approvals_since("base", checkout) == []


def test_the_head_may_be_another_commit_than_what_is_checked_out(checkout: Path) -> None:
    _commit(checkout, f"Head\n\n{LINE}")
    head = _git(checkout, "rev-parse", "HEAD")
    _git(checkout, "checkout", "--quiet", "--detach", "base")
    assert approvals_since("base", checkout) == []
    assert [each.commit for each in approvals_since("base", checkout, head)] == [head]


def test_only_the_end_of_a_message_counts(checkout: Path) -> None:
    _commit(checkout, f"Talk about it\n\n{LINE}\nwould be needed.\n\nBut not here.")
    assert _given(checkout) == []


@pytest.mark.parametrize(
    "message",
    [
        f"Title\n\nWhy.\n\nReviewed-by: Bob <bob@goodies.example>\n{LINE}",
        f"Title\n\n{LINE} because\n it is empty",
        f"Title\r\n\r\nWhy.\r\n\r\n{LINE}\r\n",
        f"Title\n\n{LINE}\n\n\n",
        f"Title (#12)\n\nWhy.\n\n{LINE}\n\nCo-authored-by: Bob <bob@goodies.example>",
        f"Title (#12)\n\nWhy.\n\n{LINE}\n\n---------\n\nCo-authored-by: Bob <bob@goodies.example>",
    ],
    ids=["beside others", "folded", "CRLF", "blank lines", "co-author", "squashed with co-authors"],
)
def test_a_last_paragraph_of_trailers_counts(checkout: Path, message: str) -> None:
    _commit(checkout, message)
    assert (_given(checkout), _faults(checkout)) == ([LINE], [])


@pytest.mark.parametrize(
    "message",
    [
        LINE,
        f"\n\n{LINE}",
        f"Title\n{LINE}",
        f"Title\n\nI do not agree to this. Nobody should write\n{LINE}\nSigned-off-by: Ada <ada@goodies.example>",
        f"Title\n\n{LINE}\n(cherry picked from commit 1a2b3c4)",
        f"Title\n\n* one\n\n{LINE}\n\n* two",
        f"Title\n\n{LINE}\n\n---\n\nWhat follows says otherwise.",
        f"Title\n\nprose\n\x0b\n{LINE}",
    ],
    ids=[
        "subject",
        "only line",
        "with subject",
        "prose of 25 %",
        "cherry-pick",
        "squashed commits",
        "rule",
        "no blank",
    ],
)
def test_elsewhere_it_does_not_count_and_the_report_says_so(checkout: Path, message: str) -> None:
    _commit(checkout, message)
    assert (_given(checkout), len(_faults(checkout))) == ([], 1)
    (refused,) = report([CHANGE], approvals_since("base", checkout)).refused
    assert refused.reason == "it is not in a last paragraph that holds nothing but trailers"


@pytest.mark.parametrize("separator", ["\x0b", "\x0c", "\r", "\x1c", "\x1e", "\x85", "\u2028", "\u2029"])
def test_only_a_line_feed_ends_a_line(checkout: Path, separator: str) -> None:
    """Git sees one trailer, and so does who reads the commit."""
    _commit(checkout, f"Title\n\nReviewed-by: Bob <bob@goodies.example>{separator}{LINE}")
    assert approvals_since("base", checkout) == []


@pytest.mark.parametrize(
    "message",
    [
        f"Title\x1f{LINE}\x1eabc1234\x1fChief Security Officer\x1f",
        f"Title\n\nSigned-off-by: x\x1f\x1e\x1f{LINE}",
        "Title \x1f\n\nWhy.",
    ],
)
def test_nothing_in_a_message_separates_fields_or_commits(checkout: Path, message: str) -> None:
    _commit(checkout, message)
    assert approvals_since("base", checkout) == []


def test_what_follows_a_nul_is_no_part_of_a_message(checkout: Path) -> None:
    _commit(checkout, "Title\n\nprose: here")
    forged = b"\0".join([b"", b"1" * 40, b"", b"Bob", f"Title\n\n{LINE}".encode(), b""])
    _rewritten(checkout, lambda commit: commit + forged)
    assert approvals_since("base", checkout) == []


def test_a_message_is_not_translated_from_the_encoding_that_it_names(checkout: Path) -> None:
    """In UTF-7, `+AAo-` is a line feed; GitHub shows it as it is."""
    _commit(checkout, f"Title\n\nThis is not agreed.+AAoACg-{LINE}", "UTF-7")
    # A time zone with a plus sign would be no UTF-7.
    _rewritten(checkout, lambda commit: re.sub(rb"[+-]\d{4}\n", b"-0000\n", commit))
    assert LINE in _git(checkout, "log", "-1", "--format=%B").split("\n")
    assert approvals_since("base", checkout) == []


def test_bytes_that_are_no_text_are_no_fault(checkout: Path) -> None:
    _commit(checkout, b"Gr\xf6\xdfer\n\n" + LINE.encode() + b" because f\xfcr alle", "latin1")
    assert _given(checkout) == [LINE]


def test_settings_of_git_change_nothing(checkout: Path, tmp_path: Path) -> None:
    gpg = tmp_path / "gpg"
    gpg.write_text("#!/bin/sh\necho it is signed >&2\n")
    gpg.chmod(0o755)
    for name, value in {"log.showSignature": "true", "gpg.program": str(gpg), "trailer.separators": "="}.items():
        _git(checkout, "config", name, value)
    _commit(checkout, f"Title\n\n{LINE}")
    signature = b"gpgsig -----BEGIN PGP SIGNATURE-----\n \n iQ==\n -----END PGP SIGNATURE-----\n\n"
    _rewritten(checkout, lambda commit: commit.replace(b"\n\n", b"\n" + signature, 1))
    assert "it is signed" in _git(checkout, "log", "-1", "--format=%s")
    _commit(checkout, "More")
    assert _given(checkout) == [LINE]


def test_a_commit_that_another_replaces_here_says_what_it_says_elsewhere(checkout: Path) -> None:
    _commit(checkout, "Title")
    head = _git(checkout, "rev-parse", "HEAD")
    _rewritten(checkout, lambda commit: commit + f"\n{LINE}\n".encode())
    _git(checkout, "replace", head, "HEAD")
    _git(checkout, "reset", "--quiet", "--soft", head)
    assert LINE in _git(checkout, "log", "-1", "--format=%B")
    assert approvals_since("base", checkout) == []


def _merge(checkout: Path, first: str, second: str) -> None:
    """Merge, whatever the branches hold, and stand on the merge."""
    parents = ["-p", first, "-p", second]
    made = _git(checkout, "commit-tree", f"{first}^{{tree}}", *parents, "-m", f"Merge {second}")
    _git(checkout, "checkout", "--quiet", "--detach", made)


@pytest.fixture
def branches(checkout: Path) -> Path:
    """A branch ``stale`` from before the base, with a yes of another time, and the pull request ``own`` with a yes."""
    _git(checkout, "checkout", "--quiet", "--orphan", "root")
    _commit(checkout, "Root")
    _git(checkout, "checkout", "--quiet", "-b", "stale")
    _commit(checkout, f"Another time\n\n{LINE} because of another time")
    _git(checkout, "checkout", "--quiet", "root")
    _commit(checkout, "Base")
    _git(checkout, "tag", "--force", "base")
    _git(checkout, "checkout", "--quiet", "-b", "own")
    _commit(checkout, f"Own\n\n{LINE}")
    return checkout


@pytest.mark.parametrize("order", [("own", "stale"), ("stale", "own")])
def test_a_merged_branch_brings_no_approvals(branches: Path, order: tuple[str, str]) -> None:
    _merge(branches, *order)
    assert (_given(branches), {fault.partition(";")[0] for fault in _faults(branches)}) == (
        [],
        {"it is older than a merge with another branch"},
    )


@pytest.mark.parametrize("order", [("own", "root"), ("root", "own")])
def test_a_merge_of_the_base_takes_no_approval_away(branches: Path, order: tuple[str, str]) -> None:
    """GitHub's `Update branch`, and the commit that it tests for a pull request: the base with the branch in it."""
    _git(branches, "checkout", "--quiet", "root")
    _commit(branches, f"The base moves on\n\n{LINE} because of something else")
    _merge(branches, *order)
    (given,) = approvals_since("root", branches)
    assert given.why == "Own"


def test_without_a_commit_in_common_no_approval_counts(branches: Path) -> None:
    _git(branches, "checkout", "--quiet", "main")
    _commit(branches, f"Elsewhere\n\n{LINE}")
    assert (_given(branches), len(_faults(branches))) == ([], 2)
    assert set(_faults(branches)) == {"the checkout and the base have no commit in common"}


def test_the_exact_line_allows() -> None:
    given = report([CHANGE], [YES])
    assert (given.open, given.refused) == ([], [])


@pytest.mark.parametrize(
    ("approval", "reason"),
    [
        (replace(YES, thing="GoodiesProd-Data"), "it is broader than what it is to allow; name GoodiesProd-Data/Data"),
        (replace(YES, thing="GoodiesProd-Data/Database"), "it is broader"),
        (replace(YES, thing="GoodiesProd-Data/*"), "no patterns, no lists"),
        (replace(YES, thing=f"{THING}, GoodiesProd-Data/Cache"), "no patterns, no lists"),
        (replace(YES, allowance="Allow-Everything"), "there is no such approval; there are Allow-Remove, Allow-Rep"),
        (replace(YES, allowance="Allow-Remove"), "needs another approval"),
        (replace(YES, thing="GoodiesStaging-Data/Database/Instance"), "nothing of that name is in danger"),
        (replace(YES, digest=""), f"the line is {LINE}, and then nothing"),
        (replace(YES, digest="", thing=f"{THING} {DIGEST} Because it is empty"), f"the line is {LINE}, and then"),
        (replace(YES, digest="", thing=f"{THING} is fine with me"), f"the line is {LINE}, and then nothing"),
        (replace(YES, digest="0" * 32), f"it was given for another state of it; the line for this one is {LINE}"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_anything_broader_or_other_is_refused_and_said_so(approval: Approval, reason: str) -> None:
    given = report([CHANGE], [approval])
    assert [judged.danger.thing for judged in given.open] == [THING]
    assert [reason in refused.reason for refused in given.refused] == [True]


def test_one_yes_is_no_yes_to_the_next_thing() -> None:
    given = report([CHANGE, replaced("Other/Instance")], [YES])
    assert [judged.danger.thing for judged in given.open] == ["GoodiesProd-Data/Other/Instance"]


def _after(change: Change, **settings: object) -> Change:
    assert change.after
    return replace(change, after=replace(change.after, settings=settings))


def test_a_yes_to_a_value_is_no_yes_to_a_later_one() -> None:
    small, large = _after(CHANGE, Limit=150), _after(CHANGE, Limit=100_000)
    (refused,) = report([large], [yes_to(small)]).refused
    assert refused.reason.startswith("it was given for another state of it")


def test_a_yes_to_a_value_is_no_yes_to_another_setting() -> None:
    agreed, more = _after(CHANGE, Limit=200), _after(CHANGE, Limit=200, Rules=[])
    assert len(report([more], [yes_to(agreed)]).open) == 1


def test_a_yes_holds_against_an_older_base() -> None:
    """The deployed resource had another value, and more settings differ since."""
    assert CHANGE.before
    older = replace(CHANGE.before, settings={"Limit": 10})
    longer = (*CHANGE.edits, Edit("Limit", 10, NOT_SET))
    assert report([replace(CHANGE, before=older, edits=longer)], [YES]).open == []


def test_the_digest_is_of_the_kind_the_thing_and_the_value_after() -> None:
    (danger,) = dangers_of(CHANGE)
    other = replace(CHANGE, after=resource("Database/Instance", stack="GoodiesProd-Data", Limit=1))
    gone = replace(CHANGE, kind=Kind.REMOVED, after=None)
    digests = {danger.digest, *(each.digest for change in (other, gone) for each in dangers_of(change))}
    assert len(digests) == 3
    assert {len(digest) for digest in digests} == {32}


def dangers_of(*changes: Change) -> list[Danger]:
    return [judged.danger for judged in report(changes).dangers]


def test_two_changes_that_one_name_covers_need_two_lines() -> None:
    """A database that moves away and another that takes its place and is replaced are lost at the same address."""
    moved = Change(Kind.MOVED, resource("Database/Instance"), resource("Elsewhere/Instance"))
    for agreed, still_open in ((moved, CHANGE), (CHANGE, moved)):
        given = report([moved, CHANGE], [yes_to(agreed)])
        assert [judged.danger.change for judged in given.open] == [still_open]


def _granted(name: str, **settings: object) -> Change:
    role = resource(name, "AWS::IAM::Role")
    return _after(Change(Kind.CHANGED, role, role, grants=(f"{name} may do more",)), **settings)


ROLES = [_granted(name) for name in ("Reader", "Writer", "Keeper")]
OTHER = _granted("Other")


def _joint(*changes: Change, commit: str = "abc1234") -> Approval:
    kind, _, what = joint_trailer(dangers_of(*changes)).partition(": ")
    thing, _, digest = what.rpartition(" ")
    return Approval(kind, thing, digest, "Ada", "they belong together", commit)


def test_one_line_allows_several_dangers_of_a_kind(checkout: Path) -> None:
    written = report(ROLES)
    (line,) = written.trailers
    _commit(checkout, f"Read more\n\n{line} because they belong together")
    given = report(ROLES, approvals_since("base", checkout))
    assert (given.open, given.refused, given.trailers) == ([], [], [])
    assert {judged.approval.why for judged in given.dangers if judged.approval} == {"they belong together"}


def test_a_joint_line_holds_against_an_older_base_and_allows_nothing_else_there() -> None:
    given = report([*ROLES, OTHER], [_joint(*ROLES)])
    assert [judged.danger.thing for judged in given.open] == ["GoodiesProd-Data/Other"]


@pytest.mark.parametrize(
    "changes",
    [ROLES[:2], [*ROLES[:2], OTHER], [*ROLES[:2], _granted("Keeper", Limit=1)]],
    ids=["one less", "another one", "another state of one"],
)
def test_a_joint_line_allows_nothing_where_one_of_them_is_missing(changes: Sequence[Change]) -> None:
    given = report(changes, [_joint(*ROLES)])
    assert len(given.open) == len(changes)
    assert [refused.reason.partition(";")[0] for refused in given.refused] == [
        "it was given for other resources, or another state of one of them"
    ]


@pytest.mark.parametrize("change", ["number", "beginning", "digest"])
def test_each_part_of_a_joint_line_counts(change: str) -> None:
    line = _joint(*ROLES)
    number, _, beginnings = line.thing.partition(" resources ")
    others = {
        "number": replace(line, thing=f"{int(number) + 1} resources {beginnings}"),
        "beginning": replace(line, thing=f"{number} resources {'0' * 6}{beginnings[6:]}"),
        "digest": replace(line, digest="0" * 32),
    }
    assert len(report(ROLES, [others[change]]).open) == len(ROLES)


def test_a_joint_line_counts_where_its_commit_has_all_of_the_dangers() -> None:
    given = report(ROLES, [_joint(*ROLES)], has_danger=lambda _, danger: danger.thing != "GoodiesProd-Data/Keeper")
    assert len(given.open) == len(ROLES)


def test_what_ends_something_that_exists_is_allowed_one_by_one() -> None:
    databases = [replaced(f"Database{number}/Instance") for number in range(3)]
    given = report(databases, [_joint(*databases)])
    assert given.trailers == [judged.danger.trailer for judged in given.dangers]
    assert [refused.reason for refused in given.refused] == [
        "what is removed, replaced or less protected is allowed one by one"
    ]


@pytest.fixture
def history(tmp_path: Path) -> dict[str, Path]:
    """Folders of each commit's stacks: the base, a harmless change, then the danger, then another harmless change."""
    harmless, dangerous, later = stack(), stack(), stack()
    for content in (harmless, dangerous, later):
        content["output"]["other"] = {"value": "new"}
    for content in (dangerous, later):
        content["resource"]["google_compute_firewall"]["inside"]["source_ranges"] = ["0.0.0.0/0"]
    later["output"]["other"] = {"value": "newer"}
    contents = {"base": stack(), "harmless": harmless, "dangerous": dangerous, "head": later}
    for name, content in contents.items():
        (tmp_path / name).mkdir()
        write_terraform(tmp_path / name, {"gcp-dev": content})
    return {name: tmp_path / name for name in contents}


class History(FolderSide):
    """A side whose commits were synthesized before."""

    def at(self, commit: str) -> FolderSide:
        if commit == "broken":
            raise SynthesisError("It does not synthesize")
        return FolderSide(commit, {"gcp": self.by_cloud["gcp"].with_name(commit)})


@pytest.mark.parametrize(
    ("commit", "counts"),
    [("base", False), ("harmless", False), ("broken", False), ("dangerous", True), ("head", True)],
)
def test_a_yes_counts_in_or_after_the_commit_that_makes_the_danger(
    history: dict[str, Path], commit: str, counts: bool
) -> None:
    difference = compare(history["base"], history["head"])
    (danger,) = dangers(difference)
    before, after = FolderSide("base", {"gcp": history["base"]}), History("head", {"gcp": history["head"]})
    test = has_danger(before, after)
    assert test(commit, danger) == counts
    given = report(difference.changes, [yes_to(danger.change, commit=commit)], has_danger=test)
    assert [refused.reason for refused in given.refused] == (
        []
        if counts
        else ["its commit does not have this danger yet: allow it in a later one, or rebase where the base moved on"]
    )


LINES = st.sampled_from(
    [
        LINE,
        f"{LINE} because",
        "Reviewed-by: Bob <bob@goodies.example>",
        "Co-authored-by: Bob <bob@goodies.example>",
        f" {LINE}",
        "",
        " ",
        "---",
        "prose",
        "# comment",
        "(cherry picked from commit 1a2b3c4)",
        "Allow-Open",
    ]
)
ENDS = st.sampled_from(["\n", "\n", "\n", "\n\n", "\r\n", "\r", "\x0b", "\x1e", "\u2028", ""])
MESSAGES = st.lists(st.tuples(LINES, ENDS), max_size=8).map(lambda parts: "".join(itertools.chain(*parts)))


@given(message=MESSAGES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_what_counts_is_a_trailer_for_git_too(checkout: Path, message: str) -> None:
    """Apart from what GitHub adds below, git is never stricter."""
    _git(checkout, "reset", "--quiet", "--soft", "base")
    _commit(checkout, f"Title\n{message}")
    without = re.sub(r"(\s*^(-{3,}|Co-authored-by:.*)[ \t\r]*$)+\s*\Z", "", f"Title\n{message}", flags=re.MULTILINE)
    known = _git(checkout, "interpret-trailers", "--parse", "--no-divider", given=without.encode()).split("\n")
    assert {str(each) for each in approvals_since("base", checkout) if not each.fault} <= {
        line.partition(" because ")[0] for line in known
    }
