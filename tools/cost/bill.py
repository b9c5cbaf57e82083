"""A month of every environment, computed from the synthesized templates."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.cost.prices import Prices
from tools.cost.resources import PRICED, Amount
from tools.stacks import Stack, read

Json = Any


@dataclass(frozen=True)
class Bill:
    """A month.

    Attributes:
        usd: by environment and component.
        unknown: resources without a price, by environment and type.
        used: the prices that were asked for, by id and region.
        budgets: by environment, as the templates set them.
    """

    usd: Mapping[str, Mapping[str, float]]
    unknown: Mapping[str, Counter[str]]
    used: Mapping[tuple[str, str], Json]
    budgets: Mapping[str, float]

    def total(self, environment: str) -> float:
        """Return what an environment costs in all."""
        return sum(self.usd[environment].values())


def bill(assembly: Path, prices: Prices) -> Bill:
    """Return what an assembly costs in a month."""
    usd: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    unknown: dict[str, Counter[str]] = defaultdict(Counter)
    budgets: dict[str, float] = {}
    paid_by_use = {entry["type"] for entry in prices.usage}
    counted: set[tuple[str, str]] = set()
    for stack in read(assembly).values():
        for name, amount in _fixed(stack, prices):
            usd[stack.environment][stack.component] += amount * prices.usd(name, stack.region)
        for name, kind, amount in _used(stack, prices, counted):
            usd[stack.environment][stack.component] += amount * prices.usd(name, stack.region)
            counted.add((stack.environment, kind))
        kinds = Counter(body["Type"] for body in stack.resources.values())
        for kind, number in kinds.items():
            if kind not in PRICED and kind not in paid_by_use and kind not in prices.free:
                unknown[stack.environment][kind] += number
        budgets.update(_budgets(stack))
    return Bill(usd, unknown, prices.used, budgets)


def _fixed(stack: Stack, prices: Prices) -> Iterator[Amount]:
    assumed = prices.assumed(stack.environment)
    for kind, price in PRICED.items():
        for properties in stack.of(kind):
            yield from price(properties, stack, prices.hours, assumed)


def _used(stack: Stack, prices: Prices, counted: set[tuple[str, str]]) -> Iterator[tuple[str, str, float]]:
    assumed = prices.assumed(stack.environment)
    present = {body["Type"] for body in stack.resources.values()}
    before = set(counted)
    for entry in prices.usage:
        kind = entry["type"]
        if kind in present and (stack.environment, kind) not in before:
            times = prices.hours if entry.get("times") == "hours_in_a_month" else entry.get("times", 1)
            yield entry["price"], kind, assumed[entry["of"]] * times


def _budgets(stack: Stack) -> Iterator[tuple[str, float]]:
    for properties in stack.of("AWS::Budgets::Budget"):
        budget = properties["Budget"]
        for tag in budget.get("CostFilters", {}).get("TagKeyValue", []):
            yield tag.removeprefix("user:environment$"), float(budget["BudgetLimit"]["Amount"])


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
