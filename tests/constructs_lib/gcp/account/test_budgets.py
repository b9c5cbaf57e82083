"""Budgets of the projects, and labels of costs."""

from pathlib import Path

import pytest
from cdktf import App

import constructs_lib.gcp  # noqa: F401 - makes the providers quick to import; before the stacks
from environments import load
from stacks.gcp.account import add_shared
from tests.gcp.terraform import Assembly, Stack

BUDGET = "google_billing_budget"


@pytest.mark.plan("CST-5/budgets")
@pytest.mark.parametrize(("name", "usd"), [("Dev", 250), ("Staging", 600), ("Prod", 2500), ("Shared", 200)])
def test_each_project_has_a_budget(gcp_shared: Stack, name: str, usd: int) -> None:
    budget = gcp_shared.one(BUDGET, display_name=f"Goodies{name}")
    amount = budget["amount"]["specified_amount"]
    assert (amount["units"], amount["currency_code"]) == (str(usd), "USD")


@pytest.mark.plan("CST-5/budgets")
def test_budgets_are_in_the_currency_of_the_billing_account(tmp_path: Path) -> None:
    """Any other is refused."""
    environments = load()
    policy = environments[0].policy
    account = policy.account.gcp
    assert account
    account = account.model_copy(update={"currency": "EUR", "currency_per_usd": 0.85})
    app = App(outdir=str(tmp_path), skip_validation=True)
    add_shared(app, policy, account=account, environments=environments)
    app.synth()
    stack = Assembly.read(tmp_path).stacks["gcp-shared"]
    amounts = [budget["amount"]["specified_amount"] for budget in stack.resources(BUDGET)]
    assert {amount["currency_code"] for amount in amounts} == {"EUR"}
    assert {amount["units"] for amount in amounts} == {"213", "510", "2125", "170"}


@pytest.mark.plan("CST-5/budgets")
def test_no_two_budgets_count_the_same(gcp_shared: Stack) -> None:
    counted = [project for budget in gcp_shared.resources(BUDGET) for project in budget["budget_filter"]["projects"]]
    assert len(counted) == len(set(counted)) == 4


@pytest.mark.plan("CST-5/alerts")
def test_people_are_told_before_a_budget_is_spent_when_it_is_and_when_it_will_be(gcp_shared: Stack) -> None:
    for budget in gcp_shared.resources(BUDGET):
        rules = [(rule["spend_basis"], rule["threshold_percent"]) for rule in budget["threshold_rules"]]
        assert rules == [("CURRENT_SPEND", 0.8), ("CURRENT_SPEND", 1), ("FORECASTED_SPEND", 1)], budget


@pytest.mark.plan("CST-5/alerts")
def test_the_owner_hears_of_every_budget(gcp_shared: Stack) -> None:
    for budget in gcp_shared.resources(BUDGET):
        channels = budget["all_updates_rule"]["monitoring_notification_channels"]
        assert "owner@goodies.example" in [channel["labels"]["email_address"] for channel in channels], budget


@pytest.mark.plan("CST-6")
def test_everything_that_can_carry_the_labels_carries_them(gcp: Assembly) -> None:
    for name, stack in gcp.stacks.items():
        (provider,) = stack.content["provider"]["google"]
        assert set(provider["default_labels"]) == {"project", "environment", "component", "managed_by"}, name
        assert provider["default_labels"]["environment"] == name.removeprefix("gcp-")
