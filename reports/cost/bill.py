"""Monthly bill of every environment, computed from the synthesized templates."""

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from assembly import Resource, Stack, open_assembly
from assembly.clouds import CLOUDS
from assembly.values import Json
from reports.cost.amounts import Amount
from reports.cost.prices import Prices

_MODULES = {cloud: import_module(f"reports.cost.{cloud}") for cloud in CLOUDS}
_PRICED: Mapping[str, Callable[..., Iterator[Amount]]] = {
    kind: price for module in _MODULES.values() for kind, price in module.PRICED.items()
}


@dataclass(frozen=True)
class Bill:
    """Monthly bill.

    Attributes:
        usd: by environment and component.
        unknown: resources without a price, by environment and type.
        used: the prices that it was computed with, by id and region.
        budgets: by environment, as the templates set them.
        unread: resources that nobody could price, with the reason, by environment.
    """

    usd: Mapping[str, Mapping[str, float]]
    unknown: Mapping[str, Counter[str]]
    used: Mapping[tuple[str, str], Json]
    budgets: Mapping[str, float]
    unread: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def total(self, environment: str) -> float:
        """Return the total of an environment."""
        return sum(self.usd[environment].values())


def bill(assembly: Path, prices: Prices, *, tolerant: bool = False, without: Container[str] = ()) -> Bill:
    """Return the monthly bill of an assembly of either CLI.

    Args:
        assembly: the folder that the CLI wrote.
        prices: what a unit costs.
        tolerant: whether a resource that cannot be priced is named, instead of raising an error.
        without: addresses of resources whose fixed costs do not count.

    Raises:
        LookupError: a price is not known, unless tolerant.
    """
    usd: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    unknown: dict[str, Counter[str]] = defaultdict(Counter)
    budgets: dict[str, float] = {}
    paid_by_use = {entry["type"] for entry in prices.usage}
    counted: set[tuple[str, str]] = set()
    unread: dict[str, dict[str, str]] = defaultdict(dict)
    for stack in open_assembly(assembly).stacks.values():
        fixed = [each for each in _fixed(stack, prices) if _address(stack, each[0]) not in without]
        for resource, amounts in [*fixed, *_used(stack, prices, counted)]:
            try:
                found = [amount * prices.usd(name, resource.region) for name, amount in amounts]
            except Exception as error:
                if not tolerant:
                    raise
                why = f"{resource.type} {resource.path}: {_in_words(error)}"
                unread[stack.environment][_address(stack, resource)] = why
                continue
            for dollars in found:
                usd[stack.environment][resource.component] += dollars
        kinds = Counter(resource.type for resource in stack.resources.values())
        counted |= {(stack.environment, kind) for kind in kinds}
        for kind, number in kinds.items():
            if kind not in _PRICED and kind not in paid_by_use and kind not in prices.free:
                unknown[stack.environment][kind] += number
        if not tolerant:
            budgets.update(_MODULES[stack.cloud].budgets(stack))
    return Bill(usd, unknown, prices.used, budgets, unread)


def _address(stack: Stack, resource: Resource) -> str:
    return f"{stack.name}/{resource.path}"


def _in_words(error: Exception) -> str:
    """Return why something cannot be priced, for people."""
    return str(error) if type(error) is LookupError else f"{type(error).__name__}: {error}"


def _fixed(stack: Stack, prices: Prices) -> Iterator[tuple[Resource, Iterator[Amount]]]:
    """Yield each resource with what it costs by the month; reading that may fail."""
    assumed = prices.assumed(stack.environment)
    for resource in stack.resources.values():
        if price := _PRICED.get(resource.type):
            yield resource, price(resource.properties, stack, prices.hours, assumed)


def _used(stack: Stack, prices: Prices, counted: set[tuple[str, str]]) -> Iterator[tuple[Resource, Iterator[Amount]]]:
    assumed = prices.assumed(stack.environment)
    first: dict[str, Resource] = {}
    for resource in stack.resources.values():
        first.setdefault(resource.type, resource)
    for entry in prices.usage:
        kind = entry["type"]
        if kind in first and (stack.environment, kind) not in counted:
            times = prices.hours if entry.get("times") == "hours_in_a_month" else entry.get("times", 1)
            yield first[kind], iter([(entry["price"], assumed[entry["of"]] * times)])


def shortfalls(month: Bill) -> list[str]:
    """Name each budget that is below what the environment costs by the table, by file and key."""
    return [
        f"{_place(name)}: given {budget:g}; at least {month.total(name):.0f}, what the table computes"
        for name, budget in month.budgets.items()
        if budget < month.total(name)
    ]


def _place(environment: str) -> str:
    if environment == "shared":
        return "environments/policy.yaml: costs.shared_budget_usd"
    return f"environments/{environment}.yaml: budget_usd"
