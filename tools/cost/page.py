"""The table, as a page."""

from pathlib import Path

from tools.cost.bill import Bill, bill
from tools.cost.prices import Prices


def report(assembly: Path, prices: Prices | None = None) -> str:
    """Return the table as a page."""
    prices = prices or Prices()
    month = bill(assembly, prices)
    names = sorted(month.usd, key=lambda name: (name == "shared", month.total(name)))
    return "\n".join(
        [
            "# What it costs",
            "",
            "Written by `make cost` from the synthesized templates and the list prices of `tools/cost/prices.yaml`.",
            "USD a month, on demand, without free tiers, taxes, support and what is paid for in advance.",
            "",
            *_costs(month, names),
            "",
            "## Unknown",
            "",
            *_unknown(month, names),
            "",
            "## Assumed",
            "",
            "What no template says. Bills replace guesses: the monthly cost review compares.",
            "",
            *_assumptions(prices, names),
            "",
            "## Prices",
            "",
            "A region without a price of its own takes that of us-east-1.",
            "",
            *_sources(month),
            "",
        ]
    )


def _table(head: list[str], rows: list[list[str]], *, numbers: bool = True) -> list[str]:
    line = ["---", *(["---:" if numbers else "---"] * (len(head) - 1))]
    return [f"| {' | '.join(cells)} |" for cells in (head, line, *rows)]


def _costs(month: Bill, names: list[str]) -> list[str]:
    components = sorted({component for name in names for component in month.usd[name]})
    rows = [[component, *(_money(month.usd[name].get(component)) for name in names)] for component in components]
    rows.append(["**all**", *(f"**{_money(month.total(name))}**" for name in names)])
    rows.append(["budget", *(_money(month.budgets.get(name)) for name in names)])
    rows.append(["resources without a price", *(str(month.unknown[name].total()) for name in names)])
    return _table(["", *names], rows)


def _unknown(month: Bill, names: list[str]) -> list[str]:
    kinds = sorted({kind for name in names for kind in month.unknown[name]})
    if not kinds:
        return ["Every resource has a price, or a reason to cost nothing."]
    rows = [[f"`{kind}`", *(str(month.unknown[name][kind] or "") for name in names)] for kind in kinds]
    return [
        "These cost something that no source was found for. They are in no sum above.",
        "",
        *_table(["", *names], rows),
    ]


def _assumptions(prices: Prices, names: list[str]) -> list[str]:
    rows = [
        [key.replace("_", " "), *(f"{prices.assumed(name)[key]:g}" for name in names)]
        for key in prices.assumptions["default"]
    ]
    return _table(["", *names], rows)


def _sources(month: Bill) -> list[str]:
    rows = [
        [name, region, f"{row['usd']:.10f}".rstrip("0").rstrip("."), row["unit"], row["as_of"], row["confidence"]]
        for (name, region), row in sorted(month.used.items())
    ]
    return _table(["price", "region", "USD", "per", "read on", "confidence"], rows, numbers=False)


def _money(usd: float | None) -> str:
    return "" if usd is None else f"{usd:,.0f}"
