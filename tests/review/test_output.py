"""Output of a review: foreign text is text for every target, secrets are masked, nothing of weight is left out."""

import io
import json
import os
import re
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from markdown_it import MarkdownIt
from rich.console import Console

from review.judge.approvals import approvals_since
from review.judge.dangers import dangers
from review.model.change import NOT_SET, Change, Difference, Edit, Kind
from review.model.danger import Approval
from review.model.report import Cost, Report
from review.model.resource import Resource
from review.model.secrets import edit_without_secrets
from review.model.values import edits, short_pair, sorted_sets
from review.render.comment import comment
from review.render.escape import code, lines, plain
from review.render.html_report import html_report
from review.render.json_report import SCHEMA, VERSION, json_report
from review.render.terminal import show
from tests.review.reports import changed, replaced, report

NASTY = [
    "\x1b[2J\x1b[HNothing changes",
    "a\u202ereversed",
    "a\r\r<!--",
    "a\u2028# big",
    "a\x85b\x0bc",
    "\ud800",
    "\udcff.txt",
    "https://evil.example/x www.evil.example",
    "![x](http://evil.example/x.png) [y](http://evil.example)",
    "#12 GH-12 owner/name#3 @everybody deadbeefdeadbeef :smile:",
    "| a | b |\n|---|---|",
    "```\n~~~\n<details>\n</details><script>alert(1)</script>",
    "[bold]x[/] [link=http://evil.example]y[/link]",
    "`", "``` `` `", "", " ", "\u3164", "- a\n\n1. b\n\n> c\n\n***", "{{ 1 }}{% raw %}", "\\", "$`x`$", "0",
]  # fmt: skip
TEXTS = st.one_of(st.sampled_from(NASTY), st.text(st.characters(), max_size=40))
MARKDOWN = MarkdownIt("gfm-like", {"html": True, "linkify": False})


def everywhere(text: str) -> Report:
    """Return a report that holds a text wherever one can be foreign."""
    resource = Resource("aws", text, text, text, text, text, {}, text)
    kept = replace(resource, type="AWS::RDS::DBInstance", name="")
    found = [
        Change(
            Kind.CHANGED,
            resource,
            resource,
            (Edit(text, NOT_SET, text, note=text), Edit(text, text, [text], name=text)),
        ),
        Change(Kind.REPLACED, kept, kept, (Edit(text, text, {text: text}, Kind.REPLACED),), text),
        Change(Kind.MOVED, replace(resource, path=f"{text}/old"), resource),
        *(Change(Kind.ADDED, None, replace(resource, path=f"{text}{number}", type="T")) for number in range(3)),
        Change(Kind.CHANGED, resource, resource, (), text, (text, f"{text} may {text}"), (text,)),
    ]
    given = report(found, [Approval("Allow-Replace", text, "", text, text, text)], [text])
    costs = [Cost("aws", text, 1, 1000, ((text, 999),), (text,))]
    environments = [replace(each, cost=costs[0]) for each in given.environments]
    return replace(
        given, base=text, head=text, uncommitted=[text], costs=costs, environments=environments, warnings=[text]
    )


def in_terminal(shown: Report) -> str:
    written = io.StringIO()
    show(shown, Console(file=written, width=120, force_terminal=False))
    return written.getvalue()


# What only the review itself writes, and what it never does.
OURS = ["heading_open", "html_block", "html_inline", "table_open", "tr_open", "td_open", "blockquote_open"]
NEVER = ["code_block", "fence", "hr", "image", "link_open", "ordered_list_open", "s_open"]


def elements(written: str) -> Counter[str]:
    """Count what Markdown makes of a text."""
    tokens = MARKDOWN.parse(written)
    return Counter(token.type for each in tokens for token in (each, *(each.children or ())))


@given(text=TEXTS)
@settings(deadline=None)
def test_foreign_text_is_text_in_markdown(text: str) -> None:
    written, harmless = comment(everywhere(text)), comment(everywhere("x"))
    assert all(char.isprintable() or char == "\n" for char in written)
    found, expected = elements(written), elements(harmless)
    assert {kind: found[kind] for kind in OURS} == {kind: expected[kind] for kind in OURS}
    assert {kind: found[kind] for kind in NEVER} == dict.fromkeys(NEVER, 0)
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", re.sub(r"<code>.*?</code>", "", written))
    assert not re.search(r"://|www\.|@|(?<![\w/])#\d|\bGH-\d", outside.partition("\n")[2])


@given(text=TEXTS)
@settings(deadline=None)
def test_foreign_text_is_text_in_html(text: str) -> None:
    written, harmless = html_report(everywhere(text)), html_report(everywhere("x"))
    assert all(char.isprintable() or char == "\n" for char in written)
    tags = re.compile(r"</?[a-z]\w*")
    assert set(tags.findall(written)) <= {*tags.findall(harmless), "<em", "</em"}


@given(text=TEXTS)
@settings(deadline=None)
def test_foreign_text_is_text_in_a_terminal(text: str) -> None:
    written = in_terminal(everywhere(text))
    assert all(char.isprintable() or char == "\n" for char in written)
    written.encode()


@given(text=TEXTS)
@settings(deadline=None)
def test_the_json_keeps_every_text_and_has_its_schema(text: str) -> None:
    written = json_report(everywhere(text))
    assert written.isascii()
    content = json.loads(written)
    Draft202012Validator(json.loads(SCHEMA.read_text())).validate(content)
    assert (content["version"], content["base"]) == (VERSION, text)


@given(message=st.binary(max_size=60), who=st.text(st.characters(exclude_characters="\0\n"), min_size=1, max_size=20))
@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_commit_is_read_and_shown(message: bytes, who: str, tmp_path: Path) -> None:
    variables = {f"GIT_{role}_{part}": f"a {who}" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    environment = {
        key.encode(): value.encode(errors="surrogatepass") for key, value in (os.environ | variables).items()
    }

    def git(*arguments: str, given: bytes = b"") -> str:
        command = ["git", "-C", str(tmp_path), *arguments]
        done = subprocess.run(command, input=given, capture_output=True, check=True, env=environment)
        return done.stdout.decode().strip()

    git("init", "--quiet")
    tree = git("mktree")
    base = git("commit-tree", tree, given=b"base")
    trailer = b"\n\nAllow-Remove: %s because %s" % (message, message)
    head = git("commit-tree", tree, "-p", base, given=(message + trailer).replace(b"\0", b""))
    git("update-ref", "HEAD", head)
    given_ones = approvals_since(base, tmp_path)
    shown = report([replaced("Database/Instance")], given_ones, has_danger=lambda *_: False)
    for written in (comment(shown), html_report(shown), json_report(shown), in_terminal(shown)):
        written.encode()


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(json.loads(SCHEMA.read_text()))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_json_does_not_have_is_text(value: float) -> None:
    content = json.loads(json_report(report([changed("Function", value=value)])), parse_constant=pytest.fail)
    assert content["changes"][0]["edits"][0]["after"] in {"NaN", "Infinity"}


@pytest.mark.parametrize("text", NASTY)
def test_a_message_is_shown_line_by_line(text: str) -> None:
    assert all(char.isprintable() or char == "\n" for char in lines(f"It says:\n{text}"))


def test_words_stay_words() -> None:
    assert plain("Ada (the owner) allows 12 rows, and SEC-1.") == "Ada (the owner) allows 12 rows, and SEC-1."
    assert plain("it may s3:GetObject on Storage/Uploads") == "it may `s3:GetObject` on `Storage/Uploads`"
    assert code("a`b") == "`` a`b ``"


def container(name: str, value: str) -> dict[str, Any]:
    return {
        "ContainerDefinitions": [
            {"Name": "app", "Environment": [{"Name": "A", "Value": "a"}, {"Name": name, "Value": value}]}
        ]
    }


SECRET = "correct-horse-battery"
RANDOM = "q7Rk2ZxP9fLw4TnB8vYc"


@pytest.mark.parametrize(
    ("before", "after", "secret"),
    [
        ({}, {"SecretString": SECRET}, SECRET),
        ({"MasterUserPassword": "{{resolve:secretsmanager:x}}"}, {"MasterUserPassword": SECRET}, SECRET),
        ({}, {"DbPassword": {"Type": "String", "Default": SECRET}}, SECRET),
        ({}, {"password": {"value": SECRET}}, SECRET),
        ({}, {"DB_PASSWORD": f"${{AWS::Region}}{SECRET}"}, SECRET),
        ({}, {"DB_PASSWORD": f"{{{{resolve:ssm:a}}}}{SECRET}"}, SECRET),
        ({}, {"TOKEN": f"arn:{SECRET}"}, SECRET),
        ({}, {"DB_PWD": SECRET}, SECRET),
        ({}, {"DB_PASS": SECRET}, SECRET),
        ({}, {"Headers": [{"HeaderName": "X-Origin-Secret", "HeaderValue": SECRET}]}, SECRET),
        ({}, {"Parameters": [{"ParameterKey": "DbPassword", "ParameterValue": SECRET}]}, SECRET),
        ({}, {"set_sensitive": [{"name": "auth", "value": SECRET}]}, SECRET),
        ({}, {"Webhook": "https://hooks.slack.com/services/T0A/B0B/abcDEF123"}, "abcDEF123"),
        ({}, {"Description": "send Bearer abcdefghijklmnop123456"}, "abcdefghijklmnop123456"),
        ({}, {"Description": "send Basic aGVsbG86d29ybGQx"}, "aGVsbG86d29ybGQx"),
        ({}, {"Description": "sk-ant-api03-abcdefghijklmnopqrstuvwxyz"}, "abcdefghijklmnopqrstuvwxyz"),
        ({"AuthToken": "old-" + SECRET}, {}, SECRET),
        ({}, {"SecretString": {"any": {"depth": SECRET}}}, SECRET),
        (container("STRIPE_KEY", "a"), container("STRIPE_KEY", SECRET), SECRET),
        ({}, container("STRIPE_KEY", SECRET), SECRET),
        (container("B", "b"), container("B", RANDOM), RANDOM),
        ({"Environment": {"Variables": {"B": "b"}}}, {"Environment": {"Variables": {"B": RANDOM}}}, RANDOM),
        ({}, {"spec": {"container": [{"env": [{"name": "API_TOKEN", "value": SECRET}]}]}}, SECRET),
        ({}, {"data": {"password": SECRET}}, SECRET),
        ({}, {"Description": f"key AKIA{'A' * 16}"}, f"AKIA{'A' * 16}"),
        ({}, {"Url": f"postgres://user:{SECRET}@host/db"}, SECRET),
        ({}, {"Text": "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"}, "MIIE"),
        ({}, {"PolicyName": "sk_live_abcdefgh1234"}, "sk_live_abcdefgh1234"),
    ],
)
def test_a_secret_is_nowhere_shown(before: Any, after: Any, secret: str) -> None:
    old, new = (
        Resource("aws", "prod", "S", "R", "AWS::ElastiCache::ReplicationGroup", "R", each) for each in (before, after)
    )
    shown = report([Change(Kind.CHANGED, old, new, tuple(edits(before, after)))], notes=[f"sk_live_{'a1' * 8}"])
    for written in (comment(shown), html_report(shown), json_report(shown), in_terminal(shown)):
        assert secret not in written
        assert "sk_live_" not in written
        assert "(secret)" in written


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"KmsKeyId": "${Key.Arn}"}, {"KmsKeyId": "${Other.Arn}"}),
        ({"GenerateSecretString": {"PasswordLength": 64}}, {"GenerateSecretString": {"PasswordLength": 48}}),
        (container("PGHOST", "db.one.example"), container("PGHOST", "db.two.example")),
        (
            container("BUCKET", "goodies-prod-uploads-111122223333"),
            container("BUCKET", "goodies-prod-other-111122223333"),
        ),
        (
            {"Secrets": [{"Name": "JWT_SECRET", "ValueFrom": "arn:aws:1"}]},
            {"Secrets": [{"Name": "JWT_SECRET", "ValueFrom": "arn:aws:2"}]},
        ),
        ({"secret_id": "jwt"}, {"secret_id": "other"}),
        ({"DB_PASSWORD": "${Secret.Arn}:password::"}, {"DB_PASSWORD": "${Other.Arn}:password::"}),
        ({"Description": "Basic authentication"}, {"Description": "Bearer authentication"}),
    ],
)
def test_what_is_no_secret_is_shown(before: Any, after: Any) -> None:
    (edit,) = edits(before, after)
    assert edit_without_secrets(edit) == edit


def test_two_secrets_are_told_apart() -> None:
    shown = edit_without_secrets(Edit("AuthToken", "one", "two"))
    assert (shown.before, shown.after) == ("(secret)", "(another secret)")


def test_a_secret_in_the_reason_of_a_danger_is_masked() -> None:
    old, new = (
        Resource("aws", "prod", "S", "R", "AWS::ElastiCache::ReplicationGroup", "R", each)
        for each in ({"AuthToken": SECRET}, {})
    )
    change = Change(Kind.CHANGED, old, new, tuple(edits(old.settings, new.settings)))
    (danger,) = dangers(Difference([change], {}, {}))
    assert "(secret)" in danger.reasons[0]
    assert SECRET not in danger.reasons[0]


def test_everything_is_shown_where_there_is_room() -> None:
    many = tuple(Edit(f"Setting{number:02}", number, number + 1) for number in range(40))
    same = [replace(changed(f"Function{number:02}"), edits=many) for number in range(40)]
    reasons = tuple(f"anybody may call{number:02}" for number in range(40))
    shown = report([*same, replace(changed("Open"), exposures=reasons)])
    for written in (comment(shown), in_terminal(shown), html_report(shown)):
        for number in range(40):
            assert f"Setting{number:02}" in written
            assert f"Function{number:02}" in written
            assert f"call{number:02}" in written
        assert "more settings" not in written


def test_where_there_is_none_what_replaces_comes_first() -> None:
    many = tuple(Edit(f"A{number:03}", "x" * 110, f"y{number:03}" * 20) for number in range(400))
    shown = report(
        [replace(changed("Function"), kind=Kind.REPLACED, edits=(*many, Edit("Name", "a", "b", Kind.REPLACED)))]
    )
    written = comment(shown, "https://example.org/report")
    assert "`Name`: `a` → `b` — **replaces it**" in written
    assert "and 389 more settings" in written
    assert "Too much for a comment" in written


def test_a_danger_with_a_name_that_fills_the_comment_is_named() -> None:
    written = comment(report([replaced("x" * 70_000), replaced("Database/Instance")]))
    assert len(written) < 65_536
    assert "Allow-Replace: GoodiesProd-Data/xxx" in written
    assert "Allow-Replace: GoodiesProd-Data/Database/Instance" in written


def test_long_values_are_shown_from_where_they_differ() -> None:
    same = "x" * 500
    before, after = short_pair(f"{same}ONE", f"{same}TWO")
    assert (before[-3:], after[-3:]) == ("ONE", "TWO")
    assert max(len(before), len(after)) <= 120


def test_the_order_of_rules_for_objects_means_nothing() -> None:
    rules = [[{"ExpirationInDays": days} for days in order] for order in ((30, 60), (60, 30))]
    before, after = (sorted_sets({"LifecycleConfiguration": {"Rules": each}}) for each in rules)
    assert edits(before, after) == []
