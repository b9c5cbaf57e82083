"""Cost estimate of the environments for a month, computed from the synthesized templates (CST-5, CST-7, ENV-2).

Prices and assumptions are data, in ``prices.yaml``. A resource type that is neither priced nor listed as free is shown
as unknown, with its number.
"""

from reports.cost.bill import Bill, bill, shortfalls
from reports.cost.prices import PRICES, Prices
from reports.cost.render import DOCUMENT, render

__all__ = ["DOCUMENT", "PRICES", "Bill", "Prices", "bill", "render", "shortfalls"]
