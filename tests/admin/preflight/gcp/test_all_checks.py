"""All checks of each environment at once: no answer is ever fine, and only reads are sent."""

from collections.abc import Iterable
from typing import Any

import pytest

from admin.errors import WriteRefusedError
from admin.preflight import gcp
from admin.preflight.gcp.methods import METHODS
from admin.preflight.gcp.needs import needs_of
from admin.preflight.model import ExitCode, Row, State, exit_code, run
from assembly import Assembly
from tests.admin.preflight.gcp.answers import (
    BILLING_ACCOUNT,
    DENIED,
    DISABLED,
    NUMBER,
    THROTTLED,
    UNREACHABLE,
    Answers,
    Refused,
    all_allowed,
    discovery,
)

# By the documentation of each method, these change nothing.
_ASKING_POSTS = ("testIamPermissions", "getIamPolicy")


def test_each_method_is_one_of_google_and_reads() -> None:
    described = {name: (api, method) for api in discovery().values() for name, method in api["methods"].items()}
    assert METHODS.keys() == described.keys()
    for name, method in METHODS.items():
        api, theirs = described[name]
        assert method.verb == theirs["httpMethod"]
        assert method.url == api["baseUrl"] + theirs["path"].replace("{+", "{")
        assert method.verb == "GET" or name.rpartition(".")[2] in _ASKING_POSTS


def test_another_method_is_not_sent() -> None:
    answers = Answers({})
    with pytest.raises(WriteRefusedError, match="was not sent"):
        answers.api.call("cloudresourcemanager.projects.delete", name="projects/acme")
    assert answers.calls == []


@pytest.mark.parametrize("environment", ["prod", "staging", "dev"])
@pytest.mark.parametrize(
    ("no_answer", "said"),
    [
        (DENIED, "does not have permission"),
        (THROTTLED, "too often"),
        (Refused(403, "Rate Limit Exceeded", "rateLimitExceeded"), "too often"),
        (DISABLED, "it.googleapis.com is not enabled"),
        (UNREACHABLE, "cannot be reached"),
        (Refused(401), "does not accept the credentials"),
        (Refused(500, "Internal error"), "Internal error"),
        (b"<html>", "is no JSON"),
        (b"null", "is no JSON object"),
        (b"[]", "is no JSON object"),
    ],
    ids=[
        *("denied", "throttled", "throttled-otherwise", "disabled", "unreachable", "expired", "failing", "no-json"),
        *("null", "list"),
    ],
)
def test_nothing_is_fine_without_an_answer(synthesized: Assembly, environment: str, no_answer: Any, said: str) -> None:
    rows = run(gcp.checks(needs_of(synthesized, environment), Answers({}, no_answer).api))
    assert [row for row in rows if row.answer.state is not State.UNKNOWN] == []
    assert [row for row in rows if said not in row.answer.found] == []
    assert exit_code(rows) is ExitCode.UNKNOWN


@pytest.mark.parametrize("environment", ["prod", "staging", "dev"])
def test_an_answer_that_is_empty_is_fine_only_where_it_says_so(synthesized: Assembly, environment: str) -> None:
    rows = run(gcp.checks(needs_of(synthesized, environment), Answers({}, {}).api))
    # A project without a parent is in no organization.
    assert {row.check.group for row in rows if row.answer.state is State.FINE} <= {"organization"}


def test_each_check_has_a_subject_of_its_own(synthesized: Assembly) -> None:
    for environment in ("prod", "staging", "dev"):
        checks = list(gcp.checks(needs_of(synthesized, environment), Answers({}).api))
        subjects = [(check.group, check.subject) for check in checks]
        assert len(subjects) == len(set(subjects))


def test_a_project_that_the_bootstrap_has_prepared(synthesized: Assembly) -> None:
    """Google's answers before the first deploy: the zone alone is missing."""
    needs = needs_of(synthesized, "prod")
    apis = sorted({name for project in needs.projects for name in project.apis})
    quotas = sorted(
        {check.subject.partition(",")[0] for check in gcp.checks(needs, Answers({}).api) if check.group == "quotas"}
    )
    agents = {agent for project in needs.projects for agent in project.agents if agent.role}
    measured = {"quotas": [{"metric": metric, "limit": 1000.0, "usage": 0.0} for metric in quotas]}
    answers = Answers(
        {
            "cloudbilling.billingAccounts.get": {"open": True, "currencyCode": "USD"},
            "cloudbilling.billingAccounts.testIamPermissions": all_allowed,
            "cloudbilling.projects.getBillingInfo": {
                "billingEnabled": True,
                "billingAccountName": f"billingAccounts/{BILLING_ACCOUNT}",
            },
            "cloudresourcemanager.projects.get": {
                "name": f"projects/{NUMBER}",
                "state": "ACTIVE",
                "parent": "organizations/1",
            },
            "cloudresourcemanager.projects.getIamPolicy": {
                "bindings": [
                    {
                        "role": agent.role,
                        "members": [f"serviceAccount:service-{NUMBER}@{agent.address}.iam.gserviceaccount.com"],
                    }
                    for agent in agents
                ]
            },
            "cloudresourcemanager.projects.testIamPermissions": all_allowed,
            "compute.projects.get": measured,
            "compute.regions.get": measured,
            "orgpolicy.projects.policies.getEffectivePolicy": lambda parameters: {
                "spec": {"rules": [{"enforce": False} if ".disable" in parameters["name"] else {"allowAll": True}]}
            },
            "serviceusage.services.list": {
                "services": [{"name": f"projects/{NUMBER}/services/{each}"} for each in apis]
            },
        },
        {},
    )
    rows = run(gcp.checks(needs, answers.api))
    assert _not_fine(rows) == [("delegation", State.MISSING)]
    assert exit_code(rows) is ExitCode.MISSING


def _not_fine(rows: Iterable[Row]) -> list[tuple[str, State]]:
    return [(row.check.group, row.answer.state) for row in rows if row.answer.state is not State.FINE]
