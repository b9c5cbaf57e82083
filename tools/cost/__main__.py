"""``python -m tools.cost``: write the page anew, show the table, and refuse budgets that are below it."""

from pathlib import Path

from tools.cost import Prices, bill, report, shortfalls

_ROOT = Path(__file__).parents[2]
PAGE = _ROOT / "docs" / "cost.md"


def main(assembly: Path = _ROOT / "cdk.out", page: Path = PAGE) -> None:
    """Write the page anew and show the table.

    Raises:
        SystemExit: a budget is below what the table computes; the page is written all the same.
    """
    text = report(assembly)
    page.write_text(text, encoding="utf-8")
    print(text.partition("## Assumed")[0])
    if too_low := shortfalls(bill(assembly, Prices())):
        raise SystemExit("\n".join(too_low))


if __name__ == "__main__":
    main()
