"""List prices, free resource types and assumptions: the data of ``prices.yaml``."""

from pathlib import Path

from assembly.values import Json
from assembly.yaml_files import read_yaml

PRICES = Path(__file__).with_name("prices.yaml")
_HOME = ("us-east-1", "us-central1", "eastus", "global")


class Prices:
    """The data of ``prices.yaml``.

    Attributes:
        hours: in a month.
        free: types that cost nothing, and why.
        usage: what is paid by use.
        not_yet: types that a cloud's stacks do not have yet, and what they are for, by the cloud's name.
        used: the rows that :meth:`usd` returned so far, by id and region.
    """

    def __init__(self, path: Path = PRICES) -> None:
        data = read_yaml(path)
        self.hours: float = data["hours_in_a_month"]
        self.free: dict[str, str] = data["free"]
        self.usage: list[Json] = data["usage"]
        self.not_yet: dict[str, dict[str, str]] = data["not_yet"]
        self.assumptions: dict[str, dict[str, float]] = data["assumptions"]
        self.used: dict[tuple[str, str], Json] = {}
        self._rows = {(row["id"], row["region"]): row for row in data["prices"]}

    def rows(self) -> list[Json]:
        """Return every price."""
        return list(self._rows.values())

    def usd(self, name: str, region: str) -> float:
        """Return the price of one unit.

        Raises:
            LookupError: when the price is nowhere known.
        """
        for place in (region, *_HOME):
            if row := self._rows.get((name, place)):
                self.used[name, place] = row
                return float(row["usd"])
        raise LookupError(f"reports/cost/prices.yaml has no price {name}: add it with its source and date")

    def assumed(self, environment: str) -> dict[str, float]:
        """Return the assumptions about an environment."""
        return self.assumptions.get(environment, self.assumptions["default"])
