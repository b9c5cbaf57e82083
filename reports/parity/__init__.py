"""Parity of the clouds: the same numbers from the same data, read back from what was synthesized.

``aws`` and ``gcp`` read one cloud each and name what they find alike; another cloud is another such module, and another
column.
"""

from reports.parity.ignored import ignored_settings
from reports.parity.render import DOCUMENT, differences, render

__all__ = ["DOCUMENT", "differences", "ignored_settings", "render"]
