"""Parity of the clouds: the same numbers from the same data, read back from what was synthesized.

A module of each cloud, named like it, reads it; all name what they find alike. Another cloud is another such module,
and another column.
"""

from reports.parity.ignored import ignored_settings
from reports.parity.render import DOCUMENT, differences, render

__all__ = ["DOCUMENT", "differences", "ignored_settings", "render"]
