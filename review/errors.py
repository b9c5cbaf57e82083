"""Errors of a review."""

from errors import GoodiesError


class ReviewError(GoodiesError):
    """Error: the review cannot be made."""
