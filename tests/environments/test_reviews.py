"""Checks of the reviews: too rare, too slow or too long is refused."""

import pytest

from .conftest import Files


@pytest.mark.plan("SEC-12", "IMP-5", "IMP-6/scheduled", "IMP-7/scheduled", "CST-7")
@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("reviews.access.every", "year", "'week', 'month' or 'quarter'"),
        ("reviews.penetration_test.every", "quarter", "month, or more often (IMP-6)"),
        ("reviews.vulnerabilities.every", "month", "week, or more often (IMP-5)"),
        ("reviews.cost.every", "quarter", "month, or more often (CST-7)"),
        ("reviews.penetration_test.due_days", 28, "less than a month, 28 days"),
        ("reviews.vulnerabilities.due_days", 7, "less than a week, 7 days"),
        ("reviews.security.checklist", ["x" * 297] * 6, "at most 1600 characters in all; these are 1800"),
        ("reviews.security.checklist", ["\U0001f512" * 297] * 3, "at most 1600 characters in all; these are 1791"),
        ("reviews.security.title", "Access-Review", "a title of its own; reviews.access has the same"),
        ("account.receivers.owner", "nobody", "an e-mail address such as team@goodies.example"),
        ("costs.shared_budget_usd", 0, ""),
        ("security.audit_lock", "none", "'governance' or 'compliance'"),
    ],
)
def test_what_the_plan_does_not_allow_is_refused(files: Files, key: str, value: object, allowed: str) -> None:
    files.set("policy", key, value)
    assert [error.key for error in files.errors() if allowed in error.allowed] == [key]


@pytest.mark.plan("CST-5/budgets")
def test_an_environment_without_a_budget_is_refused(files: Files) -> None:
    files.remove("dev", "budget_usd")
    assert [error.key for error in files.errors()] == ["budget_usd"]
