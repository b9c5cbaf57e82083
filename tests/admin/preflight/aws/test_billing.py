"""Billing: Cost Explorer, tags, and the account's place in an organization."""

from collections.abc import Callable

import pytest

from admin.preflight.aws.billing import tags_of
from admin.preflight.aws.needs import Needs
from admin.preflight.model import Answer, State
from assembly.values import Json
from tests.admin.preflight.aws.answers import DENIED, ID, Answers, Given, Refused

Ask = Callable[..., Answer]


@pytest.mark.parametrize(
    ("given", "state", "said"),
    [
        ({"ResultsByTime": []}, State.FINE, "enabled"),
        (Refused("AccessDeniedException", "User not enabled for cost explorer access"), State.MISSING, "no API"),
        (Refused("DataUnavailableException", "Data is not available."), State.MISSING, "not there yet"),
        (DENIED, State.UNKNOWN, "not authorized"),
        (Refused("LimitExceededException", "slower"), State.UNKNOWN, "LimitExceededException"),
    ],
)
def test_cost_explorer(ask: Ask, given: Given, state: State, said: str) -> None:
    answer = ask("Cost Explorer", Answers({"ce:GetCostAndUsage": given}))
    assert answer.state is state
    assert said in answer.found
    assert bool(answer.next_steps) is (state is State.MISSING)


def tag(key: str, status: str = "Active", kind: str = "UserDefined") -> Json:
    return {"TagKey": key, "Status": status, "Type": kind}


@pytest.mark.parametrize("status", ["Inactive", None])
def test_tags_that_are_not_active_on_any_page_are_missing(ask: Ask, needs: Needs, status: str | None) -> None:
    keys = tags_of(needs)
    assert "project" in keys or "environment" in keys
    *others, last = keys
    pages = [
        {"CostAllocationTags": [tag(key) for key in others], "NextToken": "a"},
        {"CostAllocationTags": [], "NextToken": "b"},
        {"CostAllocationTags": [tag(last, status)] if status else []},
    ]
    answer = ask("Cost allocation tags", Answers({"ce:ListCostAllocationTags": pages}))
    assert answer.state is State.MISSING
    assert answer.found.startswith(f"not active: {last};")
    assert f"TagKey={last},Status=Active" in answer.next_steps[0]


def test_tags_that_are_active(ask: Ask, needs: Needs) -> None:
    active = {"CostAllocationTags": [tag(key) for key in tags_of(needs)]}
    assert ask("Cost allocation tags", Answers({"ce:ListCostAllocationTags": active})).state is State.FINE


def test_tags_of_aws_are_others(ask: Ask, needs: Needs) -> None:
    active = {"CostAllocationTags": [tag(key, kind="AWSGenerated") for key in tags_of(needs)]}
    assert ask("Cost allocation tags", Answers({"ce:ListCostAllocationTags": active})).state is State.MISSING


def test_a_member_account_cannot_tell_the_tags(ask: Ask) -> None:
    refused = Refused("AccessDeniedException", "Linked account doesn't have access to cost allocation tags.")
    answer = ask("Cost allocation tags", Answers({"ce:ListCostAllocationTags": refused}))
    assert answer.state is State.UNKNOWN
    assert answer.next_steps[0].startswith("In the paying account: aws ce update-cost-allocation-tags-status")


def organization(payer: str) -> Json:
    return {"Organization": {"Id": "o-1", "MasterAccountId": payer}}


@pytest.mark.parametrize(
    ("given", "state", "said"),
    [
        (Refused("AWSOrganizationsNotInUseException"), State.FINE, "no organization"),
        (organization(ID), State.FINE, "management account of o-1"),
        (organization("999999999999"), State.MISSING, "member of o-1, which 999999999999 pays for"),
        (DENIED, State.UNKNOWN, "not authorized"),
        ({}, State.UNKNOWN, "lacks 'Organization'"),
    ],
)
def test_account_that_pays(ask: Ask, given: Given, state: State, said: str) -> None:
    answer = ask("Account that pays", Answers({"organizations:DescribeOrganization": given}))
    assert answer.state is state
    assert said in answer.found
