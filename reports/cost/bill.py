"""Monthly bill of every environment, computed from the synthesized templates."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from assembly import Resource, Stack, open_assembly
from assembly.values import Json
from reports.cost import aws, gcp
from reports.cost.prices import Prices

_PRICED = {**aws.PRICED, **gcp.PRICED}


@dataclass(frozen=True)
class Bill:
    """Monthly bill.

    Attributes:
        usd: by environment and component.
        unknown: resources without a price, by environment and type.
        used: the prices that it was computed with, by id and region.
        budgets: by environment, as the templates set them.
    """

    usd: Mapping[str, Mapping[str, float]]
    unknown: Mapping[str, Counter[str]]
    used: Mapping[tuple[str, str], Json]
    budgets: Mapping[str, float]

    def total(self, environment: str) -> float:
        """Return the total of an environment."""
        return sum(self.usd[environment].values())


def bill(assembly: Path, prices: Prices) -> Bill:
    """Return the monthly bill of an assembly of either CLI."""
    usd: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    unknown: dict[str, Counter[str]] = defaultdict(Counter)
    budgets: dict[str, float] = {}
    paid_by_use = {entry["type"] for entry in prices.usage}
    counted: set[tuple[str, str]] = set()
    for stack in open_assembly(assembly).stacks.values():
        for component, name, amount in [*_fixed(stack, prices), *_used(stack, prices, counted)]:
            usd[stack.environment][component] += amount * prices.usd(name, stack.region)
        kinds = Counter(resource.type for resource in stack.resources.values())
        counted |= {(stack.environment, kind) for kind in kinds}
        for kind, number in kinds.items():
            if kind not in _PRICED and kind not in paid_by_use and kind not in prices.free:
                unknown[stack.environment][kind] += number
        budgets.update(_budgets(stack))
    return Bill(usd, unknown, prices.used, budgets)


def _fixed(stack: Stack, prices: Prices) -> Iterator[tuple[str, str, float]]:
    assumed = prices.assumed(stack.environment)
    for resource in stack.resources.values():
        if price := _PRICED.get(resource.type):
            for name, amount in price(resource.properties, stack, prices.hours, assumed):
                yield resource.component, name, amount


def _used(stack: Stack, prices: Prices, counted: set[tuple[str, str]]) -> Iterator[tuple[str, str, float]]:
    assumed = prices.assumed(stack.environment)
    first: dict[str, Resource] = {}
    for resource in stack.resources.values():
        first.setdefault(resource.type, resource)
    for entry in prices.usage:
        kind = entry["type"]
        if kind in first and (stack.environment, kind) not in counted:
            times = prices.hours if entry.get("times") == "hours_in_a_month" else entry.get("times", 1)
            yield first[kind].component, entry["price"], assumed[entry["of"]] * times


def _budgets(stack: Stack) -> Iterator[tuple[str, float]]:
    for properties in stack.of("AWS::Budgets::Budget"):
        budget = properties["Budget"]
        for tag in budget.get("CostFilters", {}).get("TagKeyValue", []):
            yield tag.removeprefix("user:environment$"), float(budget["BudgetLimit"]["Amount"])
    for properties in stack.of("google_billing_budget"):
        environment = properties["display_name"].removeprefix("Goodies").lower()
        amount = properties["amount"]["specified_amount"]
        # The table is in US dollars, and a budget in another currency cannot be compared with it.
        if amount["currency_code"] == "USD":
            yield environment, float(amount["units"])


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
