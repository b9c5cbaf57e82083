"""Fixed costs of Azure resources, by type: which prices each resource pays, and how many units of them."""

import re
from collections.abc import Callable, Iterator, Mapping

from assembly import Stack
from assembly.values import Json
from reports.cost.amounts import Amount, each, hourly


def _account(properties: Json, _: Stack, __: float, assumed: Mapping[str, float]) -> Iterator[Amount]:
    if properties["account_replication_type"] == "LRS":
        # Dumps of the database: those of a month, and the first of each month for a year.
        yield "blob_storage/hot_lrs", assumed["gb_of_backups_above_free"]
        yield "blob_storage/archive_lrs", assumed["gb_of_backups_above_free"]
    elif properties["shared_access_key_enabled"]:
        yield "blob_storage/hot_zrs", assumed["gb_of_flow_logs"]
    else:
        # What is replicated is stored in both regions.
        yield "blob_storage/hot_zrs", assumed["gb_of_objects"]


def _server(properties: Json, _: Stack, hours: float, __: Mapping[str, float]) -> Iterator[Amount]:
    # A standby costs what the server costs.
    servers = 2 if properties.get("high_availability") else 1
    sku = properties["sku_name"]
    size = re.fullmatch(r"GP_Standard_D(\d+)ds_v[45]", sku)
    if size:
        yield "postgresql_flexible_server/general_purpose_vcore", servers * int(size[1]) * hours
    elif sku == "B_Standard_B2s":
        yield "postgresql_flexible_server/b2s", servers * hours
    else:
        raise LookupError(f"no price of the size {sku}; known are B_Standard_B2s and GP_Standard_D<CPUs>ds_v4 and _v5")
    yield "postgresql_flexible_server/storage", servers * properties["storage_mb"] / 1024


def _cache(properties: Json, _: Stack, hours: float, __: Mapping[str, float]) -> Iterator[Amount]:
    nodes = 2 if properties["high_availability_enabled"] else 1
    size = properties["sku_name"].removeprefix("Balanced_B")
    if size not in _CACHES:
        known = ", ".join(f"Balanced_B{each}" for each in _CACHES)
        raise LookupError(f"no price of the size {properties['sku_name']}; known are {known}")
    price, times = _CACHES[size]
    yield price, nodes * times * hours


# Prices of a node: those of the larger sizes, which nobody has read, by their memory.
_CACHES = {
    "3": ("managed_redis/balanced_b3", 1),
    "5": ("managed_redis/balanced_b5", 1),
    "10": ("managed_redis/balanced_b5", 2),
    "20": ("managed_redis/balanced_b5", 4),
}


def _registry(properties: Json, _: Stack, hours: float, __: Mapping[str, float]) -> Iterator[Amount]:
    regions = 1 + len(properties.get("georeplications", ()))
    yield f"container_registry/{properties['sku'].lower()}", regions * hours / 24


def budgets(stack: Stack) -> Iterator[tuple[str, float]]:
    """Yield the environments whose budget a stack sets, each with its US dollars."""
    for properties in stack.of("azurerm_consumption_budget_subscription"):
        yield stack.environment, float(properties["amount"])


PRICED: Mapping[str, Callable[..., Iterator[Amount]]] = {
    "azurerm_container_registry": _registry,
    "azurerm_dns_zone": each("azure_dns/public_zone"),
    "azurerm_managed_redis": _cache,
    "azurerm_nat_gateway": hourly("azure_nat_gateway/gateway"),
    "azurerm_postgresql_flexible_server": _server,
    "azurerm_private_dns_zone": each("azure_dns/private_zone"),
    "azurerm_private_endpoint": hourly("private_endpoint/endpoint"),
    "azurerm_public_ip": hourly("public_ip/standard_static_ipv4"),
    "azurerm_storage_account": _account,
}
