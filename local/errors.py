"""Errors of the embedded cloud."""

from errors import GoodiesError


class EmbeddedCloudError(GoodiesError):
    """What the embedded cloud cannot do, why, and what to do next; the next call goes on from there."""
