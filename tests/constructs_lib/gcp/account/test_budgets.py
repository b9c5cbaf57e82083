"""Budgets of the projects, and labels of costs."""

import pytest

from tests.gcp.terraform import Assembly, Stack

BUDGET = "google_billing_budget"


@pytest.mark.plan("CST-5/budgets")
@pytest.mark.parametrize(("name", "usd"), [("Dev", 250), ("Staging", 600), ("Prod", 2500), ("Shared", 200)])
def test_each_project_has_a_budget(gcp_shared: Stack, name: str, usd: int) -> None:
    budget = gcp_shared.one(BUDGET, display_name=f"Goodies{name}")
    amount = budget["amount"]["specified_amount"]
    assert (amount["units"], amount["currency_code"]) == (str(usd), "USD")


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
