"""Errors of synthesizing and of reading what was synthesized."""

from errors import GoodiesError


class SynthesisError(GoodiesError):
    """A revision that does not synthesize, and what the application says."""


class NoAssemblyError(GoodiesError):
    """A folder without synthesized output, and what to do about it."""


class UnknownRevisionError(GoodiesError):
    """A name that git does not know here, and what to do about it."""
