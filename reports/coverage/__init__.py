"""Traceability matrix: which tests prove which promise of the plan, in which cloud, and how.

``marks`` finds the tests that say they prove a promise, ``matrix`` joins them with the plan, ``render`` writes it down.
"""

from reports.coverage.matrix import matrix_of
from reports.coverage.render import DOCUMENT, render, terminal

__all__ = ["DOCUMENT", "matrix_of", "render", "terminal"]
