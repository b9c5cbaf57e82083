"""Comment of the review: complete within its limit, and with all text of templates escaped."""

import base64
import hashlib
import json

import pytest

from review.github.limits import MARKER, MAX_CHARACTERS
from review.model.change import Change, Edit, Kind
from review.render.comment import comment
from review.render.html_report import html_report
from review.render.json_report import json_report
from tests.review.reports import changed, replaced, report, resource, yes_to

DIGEST = yes_to(replaced("Database/Instance")).digest
LINK = "https://example.org/report"


def test_it_tells_what_happens_what_it_costs_and_what_to_do() -> None:
    written = comment(report([replaced("Database/Instance"), changed("Function")]), LINK)
    assert written.startswith(MARKER)
    for words in (
        "1 danger needs approval · 2 changes in prod on AWS",
        "`5d6e7f8` against `main at 1a2b3c4`",
        "Uncommitted files count: `environments/prod.yaml`",
        "**Replaced**: RDS DBInstance `GoodiesProd-Data/Database/Instance`",
        "Cause: `DBName`: `goodies` → `home` — **replaces it**",
        f"To allow: `Allow-Replace: GoodiesProd-Data/Database/Instance {DIGEST}`",
        "| **prod on AWS** | GoodiesProd-Data | 1 replaced, 1 changed | 1,000 → 1,100 (**+100**: data +100) |",
        "`Description`: _not set_ → `b`",
        LINK,
    ):
        assert words in written


def test_dangers_come_first() -> None:
    written = comment(report([changed("Function"), replaced("Database/Instance")]))
    assert written.index("Needs approval") < written.index("| environment |") < written.index("<details>")


def test_a_comment_on_no_change_is_short() -> None:
    assert "Nothing changes" in comment(report([]))
    assert "<details>" not in comment(report([]))


@pytest.mark.parametrize("number", [3, 300, 3000])
def test_it_is_never_too_long_and_names_every_danger_that_fits(number: int) -> None:
    changes = [replaced(f"Database{index:04}/Instance") for index in range(number)]
    changes += [changed(f"Function{index:04}", value="x" * 110 + str(index)) for index in range(number)]
    written = comment(report(changes), LINK)
    assert len(written) <= MAX_CHARACTERS
    assert f"{number} dangers need approval" in written
    named = sum(f"Allow-Replace: GoodiesProd-Data/Database{index:04}/Instance" in written for index in range(number))
    assert named == number or f"- and {number - named} more" in written
    assert LINK in written


def test_details_go_before_the_table_and_the_table_before_dangers() -> None:
    changes = [replaced("Database/Instance"), *(changed(f"F{index}", value=str(index) * 50) for index in range(300))]
    whole = comment(report(changes), LINK)
    shorter = comment(report(changes), LINK, limit=len(whole) - 1)
    names = comment(report(changes), LINK, limit=len(shorter) - 1)
    table = comment(report(changes), LINK, limit=len(names) - 1)
    assert "`Description`" in whole
    assert "`Description`" in shorter
    assert "`Description`" not in names
    assert "<details>" in names
    assert "<details>" not in table
    assert "| environment |" in table
    for written in (whole, shorter, names, table):
        assert f"To allow: `Allow-Replace: GoodiesProd-Data/Database/Instance {DIGEST}`" in written


def test_a_long_list_of_the_same_change_is_one_line() -> None:
    written = comment(report([changed(f"Function{index}") for index in range(30)]))
    assert "**changed** 30 Lambda Function: " in written
    assert written.count("`Description`") == 1


def test_an_approval_is_shown_with_who_and_why() -> None:
    given = report([replaced("Database/Instance")], [yes_to(replaced("Database/Instance"))])
    assert "✅ **Replaced**" in comment(given)
    assert "Allowed by **Ada** in abc1234: `it is empty`" in comment(given)
    assert not given.open


def test_what_users_notice_is_not_folded() -> None:
    larger = Edit("DBInstanceClass", "db.m7g.large", "db.m7g.xlarge")
    databases = [
        Change(Kind.CHANGED, resource(path), resource(path), (larger,)) for path in ("One/Instance", "Two/Instance")
    ]
    above = comment(report(databases)).partition("<details>")[0]
    assert "`GoodiesProd-Data/One/Instance`, `GoodiesProd-Data/Two/Instance`: some interruption: the database" in above
    assert "What the update does" not in comment(report([changed("Function")]))


def test_a_text_in_base64_is_shown_as_what_it_says() -> None:
    before, after = (base64.b64encode(f'{{"links": ["{name}"]}} and more of it'.encode()).decode() for name in "ab")
    job = resource("Job")
    written = comment(report([Change(Kind.CHANGED, job, job, (Edit("Body", before, after),))]))
    assert '`base64 of {"links": ["a"]} and more of it` → `base64 of {"links": ["b"]} and more of it`' in written
    hashes = tuple(hashlib.sha256(name).hexdigest() for name in (b"a", b"b"))
    kept = comment(report([Change(Kind.CHANGED, job, job, (Edit("Body", hashes[0], hashes[1]),))]))
    assert f"`{hashes[0]}` → `{hashes[1]}`" in kept


def test_resources_of_which_the_same_is_said_stand_together() -> None:
    roles = [resource(name, "AWS::IAM::Role") for name in ("Reader", "Writer", "Keeper", "Other")]
    says = ["it may read", "it may read", "it may read", "it may write"]
    found = report([Change(Kind.CHANGED, role, role, grants=(line,)) for role, line in zip(roles, says, strict=True)])
    written = comment(found)
    assert "`GoodiesProd-Data/Keeper`, `GoodiesProd-Data/Reader`, `GoodiesProd-Data/Writer`: It may read." in written
    assert "`GoodiesProd-Data/Other`: It may write." in written
    assert found.trailers == [trailer for trailer in found.trailers if f"To allow: `{trailer}` — all 4" in written]
    assert [each.danger.trailer in html_report(found) for each in found.open] == [True] * 4


@pytest.mark.parametrize("evil", ["`| <img src=x> @everyone", "]( http://x ) **", "a\n\n# Title\n- item", "``` ```` `"])
def test_values_of_a_template_are_no_markdown(evil: str) -> None:
    database = replaced("Database/Instance", evil)
    written = comment(report([database, changed("Function", evil, evil)], [yes_to(database, evil, evil)], [evil]))
    outside = _without_spans(written)
    assert "<img" not in outside.replace("\\<img", "")
    assert "@everyone" not in outside
    assert "\n# Title" not in written
    assert "]( http" not in outside.replace("\\](", "")


def _without_spans(written: str) -> str:
    """Drop what stands in code spans, as CommonMark delimits them: by runs of the same number of backticks."""
    kept, rest = "", written
    while (start := rest.find("`")) >= 0:
        if start and rest[start - 1] == "\\":
            kept, rest = kept + rest[: start + 1], rest[start + 1 :]
            continue
        run = len(rest[start:]) - len(rest[start:].lstrip("`"))
        fence = "`" * run
        end = start + run
        while (end := rest.find(fence, end)) >= 0 and (rest[end + run : end + run + 1] == "`" or rest[end - 1] == "`"):
            end += len(rest[end:]) - len(rest[end:].lstrip("`"))
        if end < 0:
            return kept + rest
        kept, rest = kept + rest[:start], rest[end + run :]
    return kept + rest


def test_the_same_is_there_for_programs() -> None:
    content = json.loads(json_report(report([replaced("Database/Instance"), changed("Function")])))
    assert content["exit"] == 2
    assert [danger["thing"] for danger in content["dangers"]] == ["GoodiesProd-Data/Database/Instance"]
    assert {change["path"]: change["kind"] for change in content["changes"]} == {
        "Database/Instance": "replaced",
        "Function": "changed",
    }
    added = next(change for change in content["changes"] if change["path"] == "Function")["edits"][0]
    assert "before" not in added


def test_an_environment_is_gone_only_if_all_of_it_is() -> None:
    gone = Change(Kind.REMOVED, resource("", "stack"), None)
    (environment,) = report([gone]).environments
    assert (environment.state, [stack.state for stack in environment.stacks]) == ("", ["removed"])
