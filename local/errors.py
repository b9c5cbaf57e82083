"""Errors of the embedded cloud."""

from errors import GoodiesError


class EmbeddedCloudError(GoodiesError):
    """Failed operation of the embedded cloud, with its cause and the next step; a later call continues from there."""
