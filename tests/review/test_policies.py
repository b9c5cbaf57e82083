"""Permissions as atoms: what is narrower, split or in another order is nothing new; what is wider is."""

import re
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review.compare.policies import ANY, Names, Statement, Term, new_atoms, sentences


def names(*patterns: str) -> Names:
    return Names(patterns)


def but(*patterns: str) -> Names:
    return Names(patterns, inverted=True)


ROLE = names("role")


def may(actions: Names, resources: Names = ANY, *conditions: Term, who: Names = ROLE) -> Statement:
    return Statement(True, "an identity", who, actions, resources, conditions)


def must_not(actions: Names, *conditions: Term) -> Statement:
    return Statement(False, "an identity", ROLE, actions, ANY, conditions)


def key(operator: str, *values: str, key: str = "k") -> Term:
    return Term(operator, key, values)


GET, PUT, READ = names("s3:GetObject"), names("s3:PutObject"), names("s3:Get*")
BOTH = names("s3:GetObject", "s3:PutObject")
NOTHING_NEW = {
    "the same": ([may(GET)], [may(GET)]),
    "another order": ([may(names("a:B", "a:C"))], [may(names("a:C", "a:B"))]),
    "split by action": ([may(BOTH)], [may(GET), may(PUT)]),
    "joined": ([may(GET), may(PUT)], [may(BOTH)]),
    "split by resource": ([may(GET, names("b", "c"))], [may(GET, names("c")), may(GET, names("b"))]),
    "a case": ([may(names("s3:GetObject"))], [may(names("S3:getobject"))]),
    "fewer actions": ([may(BOTH)], [may(GET)]),
    "one of a pattern": ([may(READ)], [may(GET)]),
    "a narrower pattern": ([may(READ)], [may(names("s3:GetObject*"))]),
    "one resource of all": ([may(GET)], [may(GET, names("b/*"))]),
    "one object of a bucket": ([may(GET, names("${b.Arn}/*"))], [may(GET, names("${b.Arn}/x/*"))]),
    "more excepted": ([may(but("iam:*"))], [may(but("iam:*", "kms:*"))]),
    "a wider exception": ([may(but("iam:Create*"))], [may(but("iam:*"))]),
    "one that is not excepted": ([may(but("iam:*"))], [may(GET)]),
    "all but some, of all": ([may(ANY)], [may(but("iam:*"))]),
    "a condition": ([may(GET)], [may(GET, ANY, key("Bool", "true"))]),
    "another condition besides": (
        [may(GET, ANY, key("Bool", "true"))],
        [may(GET, ANY, key("Bool", "true"), key("StringEquals", "x", key="other"))],
    ),
    "one value of two": ([may(GET, ANY, key("StringEquals", "a", "b"))], [may(GET, ANY, key("StringEquals", "a"))]),
    "values in two statements": (
        [may(GET, ANY, key("StringEquals", "a", "b"))],
        [may(GET, ANY, key("StringEquals", "b")), may(GET, ANY, key("StringEquals", "a"))],
    ),
    "values in one statement": (
        [may(GET, ANY, key("StringEquals", "b")), may(GET, ANY, key("StringEquals", "a"))],
        [may(GET, ANY, key("StringEquals", "a", "b"))],
    ),
    "text for a pattern": ([may(GET, ANY, key("StringLike", "a*"))], [may(GET, ANY, key("StringEquals", "ab"))]),
    "always for if it is there": (
        [may(GET, ANY, key("StringEqualsIfExists", "a"))],
        [may(GET, ANY, key("StringEquals", "a"))],
    ),
    "one more that it must not be": (
        [may(GET, ANY, key("StringNotEquals", "a"))],
        [may(GET, ANY, key("StringNotEquals", "a", "b"))],
    ),
    "a smaller range": (
        [may(GET, ANY, key("IpAddress", "10.0.0.0/8"))],
        [may(GET, ANY, key("IpAddress", "10.1.0.0/16", "10.2.0.0/16"))],
    ),
    "a shorter time": (
        [may(GET, ANY, key("NumericLessThan", "3600"))],
        [may(GET, ANY, key("NumericLessThan", "900"))],
    ),
    "one key of two": (
        [may(GET, ANY, key("ForAllValues:StringEquals", "a", "b"))],
        [may(GET, ANY, key("ForAllValues:StringEquals", "a"))],
    ),
    "a role of an account": (
        [may(GET, who=names("arn:aws:iam::1:root"))],
        [may(GET, who=names("arn:aws:iam::1:role/x"))],
    ),
    "refused as before, in two": ([must_not(BOTH)], [must_not(GET), must_not(PUT)]),
    "more is refused": ([must_not(GET)], [must_not(READ), must_not(PUT)]),
    "refused without its condition": ([must_not(GET, key("Bool", "false"))], [must_not(GET)]),
    "refused but for less": ([must_not(but("a:B", "a:C"))], [must_not(but("a:B"))]),
}
NEW = {
    "another action": ([may(GET)], [may(PUT)], "role may s3:PutObject on *"),
    "a pattern of one": ([may(GET)], [may(READ)], "role may s3:Get* on *"),
    "all but some": ([may(GET)], [may(but("iam:*"))], "role may everything but iam:* on *"),
    "less excepted": ([may(but("a:*", "b:*"))], [may(but("a:*"))], "role may everything but a:* on *"),
    "what was excepted": ([may(but("iam:*"))], [may(names("iam:PassRole"))], "role may iam:PassRole on *"),
    "what may be excepted": ([may(but("iam:Pass*"))], [may(names("iam:*"))], "role may iam:* on *"),
    "another resource": ([may(GET, names("b"))], [may(GET, names("b", "c"))], "role may s3:GetObject on c"),
    "a case of a resource": ([may(GET, names("b"))], [may(GET, names("B"))], "role may s3:GetObject on B"),
    "another holder": ([may(GET)], [may(GET, who=names("x"))], "x may s3:GetObject on *"),
    "everybody": ([may(GET)], [may(GET, who=ANY)], "* may s3:GetObject on *"),
    "no condition": ([may(GET, ANY, key("Bool", "true"))], [may(GET)], "role may s3:GetObject on *"),
    "another value": (
        [may(GET, ANY, key("Bool", "true"))],
        [may(GET, ANY, key("Bool", "false"))],
        "role may s3:GetObject on * if k Bool false",
    ),
    "one value more": (
        [may(GET, ANY, key("StringEquals", "a"))],
        [may(GET, ANY, key("StringEquals", "a", "b"))],
        "role may s3:GetObject on * if k StringEquals b",
    ),
    "one value less that it must not be": (
        [may(GET, ANY, key("StringNotEquals", "a", "b"))],
        [may(GET, ANY, key("StringNotEquals", "a"))],
        "role may s3:GetObject on * if k StringNotEquals a",
    ),
    "if it is there, for always": (
        [may(GET, ANY, key("Bool", "true"))],
        [may(GET, ANY, key("BoolIfExists", "true"))],
        "role may s3:GetObject on * if k BoolIfExists true",
    ),
    "a larger range": (
        [may(GET, ANY, key("IpAddress", "10.1.0.0/16"))],
        [may(GET, ANY, key("IpAddress", "10.0.0.0/8"))],
        "role may s3:GetObject on * if k IpAddress 10.0.0.0/8",
    ),
    "an expression that looks like a pattern": (
        [may(GET, ANY, key("says", "a*"))],
        [may(GET, ANY, key("says", "ab"))],
        "role may s3:GetObject on * if k says ab",
    ),
    "another condition of the template": (
        [may(GET, ANY, key("is met", key="Released"))],
        [may(GET, ANY, key("is met", key="released"))],
        "role may s3:GetObject on * if released is met",
    ),
    "an operator that nobody knows": (
        [may(GET, ANY, key("StringEquals", "a"))],
        [may(GET, ANY, key("ForAnyValue:StringEquals", "a"))],
        "role may s3:GetObject on * if k ForAnyValue:StringEquals a",
    ),
}


@pytest.mark.parametrize(("before", "after"), NOTHING_NEW.values(), ids=NOTHING_NEW)
def test_what_is_no_wider_is_nothing_new(before: list[Statement], after: list[Statement]) -> None:
    allowed = [each for each in after if each.allows]
    refused = [each for each in before if not each.allows]
    assert [*new_atoms(allowed, before), *new_atoms(refused, after)] == []


@pytest.mark.parametrize(("before", "after", "says"), NEW.values(), ids=NEW)
def test_what_is_wider_is_said(before: list[Statement], after: list[Statement], says: str) -> None:
    assert list(sentences(new_atoms(after, before))) == [says]


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ([must_not(BOTH)], [must_not(GET)], "no longer refused: role may s3:PutObject on *"),
        (
            [must_not(GET)],
            [must_not(GET, key("Bool", "false"))],
            "no longer refused: role may s3:GetObject on *",
        ),
        (
            [must_not(but("a:B"), key("BoolIfExists", "false"))],
            [must_not(but("a:B"), key("BoolIfExists", "true"))],
            "no longer refused: role may everything but a:B on * if k BoolIfExists false",
        ),
        ([must_not(but("a:B"))], [must_not(but("a:B", "a:C"))], "no longer refused: role may everything but a:B on *"),
    ],
)
def test_what_is_no_longer_refused_is_said(before: list[Statement], after: list[Statement], says: str) -> None:
    assert list(sentences(new_atoms(before, after))) == [says]


def test_statements_of_two_policies_do_not_count_for_each_other() -> None:
    trust = Statement(True, "taking role", ANY, names("sts:AssumeRole"))
    assert new_atoms([trust], [may(names("sts:*"), who=ANY)]) == [trust]


def test_what_differs_in_one_part_stands_in_one_sentence() -> None:
    statements = [may(BOTH, names("b", "c"))]
    assert list(sentences(new_atoms(statements, []))) == ["role may s3:GetObject, s3:PutObject on b, c"]


# What somebody asks for: an action, a resource, and the value of a key, which may be missing.
WORDS = ["a", "b", "ab", "a*"]
VALUES = [None, *WORDS]
SETS = st.builds(
    Names, st.lists(st.sampled_from([*WORDS, "*", "?", "?b"]), min_size=1, max_size=2).map(tuple), st.booleans()
)
OPERATORS = ["StringEquals", "StringLike", "StringNotEquals", "StringNotLike"]
TERMS = st.builds(
    Term,
    st.sampled_from([*OPERATORS, *(f"{each}IfExists" for each in OPERATORS)]),
    st.just("k"),
    st.lists(st.sampled_from([*WORDS, "?"]), min_size=1, max_size=2).map(tuple),
)
STATEMENTS = st.lists(
    st.builds(may, SETS, SETS) | st.builds(may, SETS, SETS, TERMS) | st.builds(may, SETS, SETS, TERMS, TERMS),
    min_size=1,
    max_size=3,
)  # fmt: skip


def matches(pattern: str, name: str) -> bool:
    return bool(re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), name))


def holds(names: Names, name: str) -> bool:
    return any(matches(pattern, name) for pattern in names.patterns) is not names.inverted


def is_met(term: Term, value: str | None) -> bool:
    operator = term.operator.removesuffix("IfExists")
    if value is None:
        return operator != term.operator or "Not" in operator
    found = any(matches(each, value) if "Like" in operator else each == value for each in term.values)
    return found is ("Not" not in operator)


def is_allowed(statements: Iterable[Statement], action: str, resource: str, value: str | None) -> bool:
    return any(
        holds(each.actions, action)
        and holds(each.resources, resource)
        and all(is_met(term, value) for term in each.conditions)
        for each in statements
    )


@given(before=STATEMENTS, after=STATEMENTS)
@settings(deadline=None, max_examples=400)
def test_nobody_may_more_than_what_is_said(before: list[Statement], after: list[Statement]) -> None:
    said = new_atoms(after, before)
    requests = [(action, resource, value) for action in WORDS for resource in WORDS for value in VALUES]
    allowed = [each for each in requests if is_allowed(after, *each) and not is_allowed(before, *each)]
    assert [each for each in allowed if not is_allowed(said, *each)] == []


@given(wide=TERMS, narrow=TERMS)
@settings(deadline=None, max_examples=1000)
def test_a_condition_that_covers_another_is_met_wherever_it_is(wide: Term, narrow: Term) -> None:
    assert not wide.covers(narrow) or [each for each in VALUES if is_met(narrow, each) and not is_met(wide, each)] == []


@given(wide=SETS, narrow=SETS)
@settings(deadline=None, max_examples=1000)
def test_names_that_cover_others_hold_each_of_them(wide: Names, narrow: Names) -> None:
    assert not wide.covers(narrow) or [each for each in WORDS if holds(narrow, each) and not holds(wide, each)] == []
