"""Errors in what the coverage of the plan is made from: tests' marks and the files of the plan."""

from errors import GoodiesError


class CoverageError(GoodiesError):
    """A file of which no coverage can be made: file, key, what is given, and what is allowed."""
