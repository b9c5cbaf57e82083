"""Fixed costs of Azure resources, by type: which prices each resource pays, and how many units of them."""

from collections.abc import Callable, Iterator, Mapping

from assembly import Stack
from assembly.values import Json

Amount = tuple[str, float]


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


def _registry(properties: Json, _: Stack, hours: float, __: Mapping[str, float]) -> Iterator[Amount]:
    regions = 1 + len(properties.get("georeplications", ()))
    yield f"container_registry/{properties['sku'].lower()}", regions * hours / 24


def _each(name: str) -> Callable[..., Iterator[Amount]]:
    return lambda *_: iter([(name, 1)])


def _hourly(name: str) -> Callable[..., Iterator[Amount]]:
    return lambda _, __, hours, ___: iter([(name, hours)])


def budgets(stack: Stack) -> Iterator[tuple[str, float]]:
    """Yield the environments whose budget a stack sets, each with its US dollars."""
    for properties in stack.of("azurerm_consumption_budget_subscription"):
        yield stack.environment, float(properties["amount"])


PRICED: Mapping[str, Callable[..., Iterator[Amount]]] = {
    "azurerm_container_registry": _registry,
    "azurerm_dns_zone": _each("azure_dns/public_zone"),
    "azurerm_nat_gateway": _hourly("azure_nat_gateway/gateway"),
    "azurerm_private_dns_zone": _each("azure_dns/private_zone"),
    "azurerm_private_endpoint": _hourly("private_endpoint/endpoint"),
    "azurerm_public_ip": _hourly("public_ip/standard_static_ipv4"),
    "azurerm_storage_account": _account,
}
