"""Errors of the embedded cloud."""

from errors import GoodiesError


class EmbeddedCloudError(GoodiesError):
    """Failed operation of the embedded cloud, with its cause and the next step; a later call continues from there."""


class PrerequisiteError(EmbeddedCloudError):
    """Program, file or page that a command needs and does not find; nothing has begun."""

    exit_code = 2
