"""What the clouds promise beside each other: the same numbers from the same data, read back from what was synthesized.

``aws`` and ``gcp`` read one cloud each and name what they find alike; another cloud is another such module, and another
column. ``python -m reports.parity`` writes ``docs/parity.md``.
"""

from reports.parity.page import differences, page

__all__ = ["differences", "page"]
