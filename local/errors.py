"""Errors of the embedded cloud."""

from errors import GoodiesError


class EmbeddedCloudError(GoodiesError):
    """Why the embedded cloud cannot do it; the next call goes on from there."""
