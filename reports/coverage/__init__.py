"""Traceability matrix: which tests prove which promise of the plan, in which cloud, and how.

``plan`` reads the promises and their parts, ``marks`` finds the tests that say they prove one, ``fixtures`` whether
they ask something that runs, ``matrix`` joins them, ``render`` writes it down.
"""

from reports.coverage.matrix import matrix_of
from reports.coverage.render import DOCUMENT, TESTS, render, render_tests, terminal

__all__ = ["DOCUMENT", "TESTS", "matrix_of", "render", "render_tests", "terminal"]
