"""``python -m reports.cost``: write the page anew, show the table, and refuse budgets that are below it."""

from collections.abc import Mapping
from pathlib import Path

from reports.cost import Prices, bill, report, shortfalls

_ROOT = Path(__file__).parents[2]
ASSEMBLIES = {"AWS": _ROOT / "cdk.out", "Google Cloud": _ROOT / "cdktf.out"}
PAGE = _ROOT / "docs" / "cost.md"


def main(assemblies: Mapping[str, Path] = ASSEMBLIES, page: Path = PAGE) -> None:
    """Write the page anew and show the table.

    Raises:
        SystemExit: a budget is below what the table computes; the page is written all the same.
    """
    text = report(assemblies)
    page.write_text(text, encoding="utf-8")
    print(text.partition("## Assumed")[0])
    if too_low := [line for folder in assemblies.values() for line in shortfalls(bill(folder, Prices()))]:
        raise SystemExit("\n".join(dict.fromkeys(too_low)))


if __name__ == "__main__":
    main()
