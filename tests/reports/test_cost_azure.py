"""The table of Azure's costs; what it shares with AWS's is tested in test_cost.py."""

from pathlib import Path

import pytest

from assembly.terraform import stack
from assembly.values import Json
from reports.cost import Bill, Prices, bill, shortfalls
from reports.cost.azure import PRICED, budgets


@pytest.fixture(scope="module")
def month(azure_folder: Path) -> Bill:
    return bill(azure_folder, Prices())


@pytest.mark.plan("CST-7")
def test_everything_has_a_price_or_a_reason_to_have_none(month: Bill) -> None:
    assert {name: kinds for name, kinds in month.unknown.items() if kinds} == {}
    assert set(month.usd) == {"dev", "staging", "prod", "shared"}


@pytest.mark.plan("CST-7")
@pytest.mark.parametrize(
    ("price", "region", "usd"),
    [
        ("azure_nat_gateway/gateway", "eastus", 0.045),
        ("public_ip/standard_static_ipv4", "eastus", 0.005),
        ("private_endpoint/endpoint", "global", 0.01),
        ("network_watcher/flow_logs", "eastus", 0.5),
        ("key_vault/advanced_key_operations", "eastus", 0.15),
        ("blob_storage/hot_lrs", "westus2", 0.0184),
        ("container_registry/premium", "eastus", 1.6667),
        ("postgresql_flexible_server/b2s", "eastus", 0.068),
        ("postgresql_flexible_server/general_purpose_vcore", "westus2", 0.089),
        ("managed_redis/balanced_b5", "eastus", 0.156),
    ],
)
def test_a_price_is_that_of_azure(month: Bill, price: str, region: str, usd: float) -> None:
    assert month.used[price, region]["usd"] == usd


def test_a_resource_is_priced_in_its_own_region() -> None:
    account = {"location": "westus2", "account_replication_type": "ZRS", "shared_access_key_enabled": False}
    template = {"resource": {"azurerm_storage_account": {"here": account}}}
    found = stack("azure-dev", template)
    (resource,) = found.resources.values()
    assert resource.region == "westus2"
    assert list(PRICED[resource.type](account, found, 730, {"gb_of_objects": 10})) == [("blob_storage/hot_zrs", 10)]


@pytest.mark.plan("CST-5/budgets")
def test_a_budget_is_compared_as_soon_as_there_is_one(month: Bill) -> None:
    budget = {"azurerm_consumption_budget_subscription": {"month": {"amount": 10}}}
    given = dict(budgets(stack("azure-dev", {"resource": budget})))
    least = round(month.total("dev"))
    assert shortfalls(Bill(month.usd, {}, {}, given)) == [
        f"environments/dev.yaml: budget_usd: given 10; at least {least}, what the table computes"
    ]


@pytest.mark.parametrize(
    ("kind", "arguments", "amounts"),
    [
        (
            "azurerm_postgresql_flexible_server",
            {"sku_name": "GP_Standard_D4ds_v4", "storage_mb": 131072, "high_availability": {"mode": "SameZone"}},
            [
                ("postgresql_flexible_server/general_purpose_vcore", 8 * 730),
                ("postgresql_flexible_server/storage", 2 * 128),
            ],
        ),
        (
            "azurerm_managed_redis",
            {"sku_name": "Balanced_B10", "high_availability_enabled": True},
            [("managed_redis/balanced_b5", 2 * 2 * 730)],
        ),
    ],
)
def test_a_standby_costs_as_much_again(kind: str, arguments: Json, amounts: list[tuple[str, float]]) -> None:
    assert list(PRICED[kind](arguments, stack("azure-dev", {}), 730, {})) == amounts


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("azurerm_postgresql_flexible_server", {"sku_name": "MO_Standard_E2ds_v4", "storage_mb": 32768}),
        ("azurerm_managed_redis", {"sku_name": "Balanced_B50", "high_availability_enabled": True}),
    ],
)
def test_a_size_without_a_price_is_refused_by_name(kind: str, arguments: Json) -> None:
    with pytest.raises(LookupError, match=f"no price of the size {arguments['sku_name']}"):
        list(PRICED[kind](arguments, stack("azure-dev", {}), 730, {}))
