"""Generated page of costs, its prices, and budgets compared with it."""

import json
import re
import shutil
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from assembly import open_assembly
from assembly.clouds import CLOUDS
from assembly.revisions import CHECKOUT
from assembly.terraform import stack
from reports.cost import DOCUMENT, PRICES, Bill, Prices, bill, render, shortfalls
from reports.cost.aws import PRICED as AWS_PRICED
from reports.cost.azure import PRICED as AZURE_PRICED
from reports.cost.gcp import PRICED as GCP_PRICED
from reports.registry import REPORTS


@pytest.fixture(scope="module")
def month(assembly_folder: Path) -> Bill:
    return bill(assembly_folder, Prices())


@pytest.fixture(scope="module")
def folders(assembly_folder: Path, gcp_folder: Path, azure_folder: Path) -> dict[str, Path]:
    return {"aws": assembly_folder, "gcp": gcp_folder, "azure": azure_folder}


@pytest.mark.plan("CST-7")
def test_the_document_is_current(folders: dict[str, Path]) -> None:
    current = REPORTS["cost"].render(folders.__getitem__).documents[DOCUMENT]
    assert (CHECKOUT / DOCUMENT).read_text() == current, "run make cost"


@pytest.mark.plan("CST-5/budgets")
def test_no_budget_is_below_what_the_table_computes(month: Bill) -> None:
    assert shortfalls(month) == []


@pytest.mark.plan("CST-5/budgets")
@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("prod", "environments/prod.yaml: budget_usd"),
        ("shared", "environments/policy.yaml: costs.shared_budget_usd"),
    ],
)
def test_a_budget_below_the_table_is_named_by_file_and_key(
    month: Bill, folders: dict[str, Path], tmp_path: Path, name: str, place: str
) -> None:
    least = round(month.total(name))
    lowered = replace(month, budgets={**month.budgets, name: 20})
    assert shortfalls(lowered) == [f"{place}: given 20; at least {least}, what the table computes"]
    copy = shutil.copytree(folders["aws"], tmp_path / "assembly")
    template = copy / "GoodiesAccount-Costs.template.json"
    given = json.loads(template.read_text())
    for body in given["Resources"].values():
        if f"environment${name}" in str(body["Properties"]) and body["Type"] == "AWS::Budgets::Budget":
            body["Properties"]["Budget"]["BudgetLimit"]["Amount"] = 20
    template.write_text(json.dumps(given))
    changed = {**folders, "aws": copy}
    assert [line.partition(": given")[0] for line in REPORTS["cost"].render(changed.__getitem__).problems] == [place]


@pytest.mark.plan("CST-5/budgets")
def test_every_environment_has_a_budget(month: Bill) -> None:
    assert set(month.budgets) == set(month.usd)


@pytest.mark.plan("ENV-2/minimal")
def test_dev_costs_a_fraction_of_production(month: Bill) -> None:
    assert month.total("dev") < month.total("prod") / 5


@pytest.mark.plan("CST-7")
def test_a_type_without_a_price_is_unknown_with_its_number(assembly_folder: Path, tmp_path: Path) -> None:
    prices = _without("  AWS::EC2::RouteTable: free\n", tmp_path)
    known, unknown = bill(assembly_folder, Prices()), bill(assembly_folder, prices)
    assert unknown.unknown["dev"]["AWS::EC2::RouteTable"] > 0
    assert unknown.total("dev") == known.total("dev")
    assert "`AWS::EC2::RouteTable`" in render({"aws": unknown}, prices)


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


@pytest.mark.plan("CST-7")
@pytest.mark.parametrize("cloud", CLOUDS)
def test_what_is_counted_elsewhere_has_a_price_there(folders: dict[str, Path], cloud: str) -> None:
    """Each names the types that count it, and they stand in its environment or in what all environments share."""
    prices = Prices()
    priced = {*AZURE_PRICED, *GCP_PRICED, *AWS_PRICED, *(entry["type"] for entry in prices.usage)}
    kinds: dict[str, set[str]] = defaultdict(set)
    for each in open_assembly(folders[cloud]).stacks.values():
        kinds[each.environment] |= {resource.type for resource in each.resources.values()}
    missing = []
    for environment, used in kinds.items():
        for kind in sorted(used & prices.free.keys()):
            reason = prices.free[kind]
            named = re.findall(r"AWS::\w+::\w+|(?:azurerm|google|kubernetes)_\w+", reason)
            there = priced & (used | kinds["shared"])
            if "counted" in reason and (not named or not there.issuperset(named)):
                missing.append(f"{environment}: {kind}: {reason}")
    assert missing == []


@pytest.mark.plan("CST-7")
@pytest.mark.parametrize("cloud", CLOUDS)
def test_what_is_said_to_come_does_not_stand(folders: dict[str, Path], cloud: str) -> None:
    """And what it will be counted by is not in the table for another cloud."""
    stacks = open_assembly(folders[cloud]).stacks.values()
    kinds = {resource.type for each in stacks for resource in each.resources.values()}
    assert sorted(kinds & Prices().not_yet.get(cloud, {}).keys()) == []


@pytest.mark.plan("CST-5/budgets")
@pytest.mark.parametrize(
    ("cloud", "kind"),
    [
        ("aws", "AWS::Budgets::Budget"),
        ("gcp", "google_billing_budget"),
        ("azure", "azurerm_consumption_budget_subscription"),
    ],
)
def test_a_cloud_has_budgets_or_says_that_it_has_none_yet(folders: dict[str, Path], cloud: str, kind: str) -> None:
    missing = kind in Prices().not_yet.get(cloud, {})
    month = bill(folders[cloud], Prices())
    assert set(month.budgets) == (set() if missing else set(month.usd))


def _without(text: str, folder: Path) -> Prices:
    path = folder / "prices.yaml"
    path.write_text(PRICES.read_text().replace(text, ""))
    return Prices(path)


def test_a_tier_of_cloud_sql_without_a_price_is_refused_by_name() -> None:
    settings = {"availability_type": "ZONAL", "tier": "db-f1-micro"}
    database = stack("gcp-dev", {})
    with pytest.raises(LookupError, match="no price of the tier db-f1-micro"):
        list(GCP_PRICED["google_sql_database_instance"]({"settings": settings}, database, 730, {}))
