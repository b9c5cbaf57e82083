"""The table of costs, in Markdown."""

from collections.abc import Iterator, Mapping

from assembly.clouds import CLOUDS
from reports.cost.bill import Bill
from reports.cost.prices import Prices

DOCUMENT = "docs/cost.md"


def render(months: Mapping[str, Bill], prices: Prices) -> str:
    """Return the whole document.

    Args:
        months: the bill of each cloud, by the cloud's name.
        prices: those that the bills were computed with.
    """
    return "\n".join(
        [
            "# What it costs",
            "",
            "Written by `make cost` from the synthesized templates and the list prices of `reports/cost/prices.yaml`.",
            "USD a month, on demand, without free tiers, taxes, support and what is paid for in advance.",
            *(line for cloud, month in months.items() for line in _cloud(cloud, month, prices.not_yet.get(cloud, {}))),
            "",
            "## Assumed",
            "",
            "What no template says, alike in every cloud. Bills replace guesses: the monthly cost review compares.",
            "",
            *_assumptions(prices, _names(next(iter(months.values())))),
            "",
            "## Prices",
            "",
            "A region without a price of its own takes that of us-east-1, us-central1 or eastus.",
            "",
            *_sources(prices),
            "",
        ]
    )


def _cloud(cloud: str, month: Bill, not_yet: Mapping[str, str]) -> Iterator[str]:
    yield from ("", f"## {CLOUDS[cloud]}", "", *_costs(month, _names(month)), "", *_unknown(month, _names(month)))
    if not_yet:
        yield from ("", "These do not stand there yet. They are in no sum above.", "")
        yield from _table(["", ""], [[what, f"`{kind}`"] for kind, what in not_yet.items()], numbers=False)


def _names(month: Bill) -> list[str]:
    return sorted(month.usd, key=lambda name: (name == "shared", month.total(name)))


def _table(head: list[str], rows: list[list[str]], *, numbers: bool = True) -> list[str]:
    line = ["---", *(["---:" if numbers else "---"] * (len(head) - 1))]
    return [f"| {' | '.join(cells)} |" for cells in (head, line, *rows)]


def _costs(month: Bill, names: list[str]) -> list[str]:
    components = sorted({component for name in names for component in month.usd[name]})
    rows = [[component, *(_money(month.usd[name].get(component)) for name in names)] for component in components]
    rows.append(["**all**", *(f"**{_money(month.total(name))}**" for name in names)])
    rows.append(["budget", *(_money(month.budgets.get(name)) or "none yet" for name in names)])
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


def _sources(prices: Prices) -> list[str]:
    rows = [
        [name, region, f"{row['usd']:.10f}".rstrip("0").rstrip("."), row["unit"], row["as_of"], row["confidence"]]
        for (name, region), row in sorted(prices.used.items())
    ]
    return _table(["price", "region", "USD", "per", "read on", "confidence"], rows, numbers=False)


def _money(usd: float | None) -> str:
    return "" if usd is None else f"{usd:,.0f}"
