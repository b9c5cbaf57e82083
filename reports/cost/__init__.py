"""What the environments cost in a month, computed from the synthesized templates (CST-5, CST-7, ENV-2).

``python -m reports.cost`` reads ``cdk.out`` and ``cdktf.out``, and writes ``docs/cost.md``. Prices and assumptions are
data, in ``prices.yaml``. A resource type that is neither priced nor listed as free is shown as unknown, with its
number.
"""

from reports.cost.bill import Bill, bill, shortfalls
from reports.cost.page import report
from reports.cost.prices import PRICES, Prices

__all__ = ["PRICES", "Bill", "Prices", "bill", "report", "shortfalls"]
