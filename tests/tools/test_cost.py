from pathlib import Path

import pytest

from tools.cost import PRICES, REPORT, Bill, Prices, bill, report


@pytest.fixture(scope="module")
def month(assembly_folder: Path) -> Bill:
    return bill(assembly_folder, Prices())


@pytest.mark.plan("CST-7")
def test_the_page_is_current(assembly_folder: Path) -> None:
    assert REPORT.read_text() == report(assembly_folder), "run make cost"


@pytest.mark.plan("CST-5")
def test_no_budget_is_below_what_the_table_computes(month: Bill) -> None:
    assert [
        f"{_place(name)}: given {budget:.0f}; at least {month.total(name):.0f}, what docs/cost.md computes"
        for name, budget in month.budgets.items()
        if budget < month.total(name)
    ] == []


@pytest.mark.plan("CST-5")
def test_every_environment_has_a_budget(month: Bill) -> None:
    assert set(month.budgets) == set(month.usd)


@pytest.mark.plan("ENV-2")
def test_dev_costs_a_fraction_of_production(month: Bill) -> None:
    assert month.total("dev") < month.total("prod") / 5


@pytest.mark.plan("CST-7")
def test_a_type_without_a_price_is_unknown_with_its_number(assembly_folder: Path, tmp_path: Path) -> None:
    prices = _without("  AWS::EC2::RouteTable: free\n", tmp_path)
    known, unknown = bill(assembly_folder, Prices()), bill(assembly_folder, prices)
    assert unknown.unknown["dev"]["AWS::EC2::RouteTable"] > 0
    assert unknown.total("dev") == known.total("dev")
    assert "`AWS::EC2::RouteTable`" in report(assembly_folder, prices)


def test_a_price_that_is_missing_is_refused_by_name(assembly_folder: Path, tmp_path: Path) -> None:
    line = next(line for line in PRICES.read_text().splitlines(keepends=True) if "id: alb/load_balancer" in line)
    prices = _without(line + PRICES.read_text().partition(line)[2].splitlines(keepends=True)[0], tmp_path)
    with pytest.raises(LookupError, match="no price alb/load_balancer"):
        bill(assembly_folder, prices)


def test_every_price_says_where_and_when_it_was_read() -> None:
    for row in Prices().rows():
        assert {"usd", "unit", "source", "as_of", "confidence"} <= set(row), row["id"]


def test_a_type_is_priced_in_one_way_only() -> None:
    prices = Prices()
    assert {entry["type"] for entry in prices.usage} & set(prices.free) == set()


def _place(name: str) -> str:
    key = "costs.shared_budget_usd" if name == "shared" else "budget_usd"
    return f"environments/{'policy' if name == 'shared' else name}.yaml: {key}"


def _without(text: str, folder: Path) -> Prices:
    path = folder / "prices.yaml"
    path.write_text(PRICES.read_text().replace(text, ""))
    return Prices(path)
