"""Errors of a review."""

from errors import GoodiesError


class ReviewError(GoodiesError):
    """Why there is no review."""
