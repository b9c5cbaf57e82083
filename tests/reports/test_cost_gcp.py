"""The table of Google Cloud's costs; what it shares with AWS's is tested in test_cost.py."""

from pathlib import Path

import pytest

from reports.cost import Bill, Prices, bill, shortfalls


@pytest.fixture(scope="module")
def month(gcp_folder: Path) -> Bill:
    return bill(gcp_folder, Prices())


@pytest.mark.plan("CST-5/budgets")
def test_no_budget_is_below_what_the_table_computes(month: Bill) -> None:
    assert set(month.budgets) == set(month.usd) == {"dev", "staging", "prod", "shared"}
    assert shortfalls(month) == []


@pytest.mark.plan("ENV-2/minimal")
def test_dev_costs_a_fraction_of_production(month: Bill) -> None:
    assert month.total("dev") < month.total("prod") / 4


@pytest.mark.plan("CST-7")
def test_costs_are_split_by_what_causes_them(month: Bill) -> None:
    assert {"database", "cache", "service", "cluster", "edge", "storage"} <= set(month.usd["prod"])
    assert month.usd["prod"]["replica"] > 0


@pytest.mark.plan("CST-7")
def test_what_has_no_price_is_unknown_with_its_number(month: Bill) -> None:
    assert set(month.unknown["prod"]) == {"google_monitoring_alert_policy", "helm_release"}
    assert month.unknown["prod"]["helm_release"] == 4
