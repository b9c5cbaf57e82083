"""Fixed costs of Azure resources, by type: which prices each resource pays, and how many units of them."""

from collections.abc import Callable, Iterator, Mapping

from assembly import Stack
from assembly.values import Json

Amount = tuple[str, float]


def _account(properties: Json, stack: Stack, _: float, assumed: Mapping[str, float]) -> Iterator[Amount]:
    accounts = [each["location"] for each in stack.of("azurerm_storage_account")]
    # Each region holds all objects once: what is replicated is stored in both.
    share = 1 / accounts.count(properties["location"])
    redundancy = properties["account_replication_type"].lower()
    yield f"blob_storage/hot_{redundancy}", assumed["gb_of_objects"] * share


def _each(name: str) -> Callable[..., Iterator[Amount]]:
    return lambda *_: iter([(name, 1)])


def _hourly(name: str) -> Callable[..., Iterator[Amount]]:
    return lambda _, __, hours, ___: iter([(name, hours)])


def budgets(stack: Stack) -> Iterator[tuple[str, float]]:
    """Yield the environments whose budget a stack sets, each with its US dollars."""
    for properties in stack.of("azurerm_consumption_budget_subscription"):
        yield stack.environment, float(properties["amount"])


PRICED: Mapping[str, Callable[..., Iterator[Amount]]] = {
    "azurerm_dns_zone": _each("azure_dns/public_zone"),
    "azurerm_nat_gateway": _hourly("azure_nat_gateway/gateway"),
    "azurerm_private_dns_zone": _each("azure_dns/private_zone"),
    "azurerm_private_endpoint": _hourly("private_endpoint/endpoint"),
    "azurerm_public_ip": _hourly("public_ip/standard_static_ipv4"),
    "azurerm_storage_account": _account,
}
