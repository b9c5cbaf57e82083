"""Errors of synthesizing and of reading what was synthesized."""

from errors import GoodiesError


class SynthesisError(GoodiesError):
    """A revision that does not synthesize, and what the application says."""


class AssemblyError(GoodiesError):
    """Synthesized output that is not there: a folder without any, a missing or damaged file, an unknown stack."""


class ProviderRefusalError(GoodiesError):
    """Synthesized resources that their providers would refuse: a line each, with the value and what is allowed."""


class RepositoryError(GoodiesError):
    """A checkout whose history git cannot read: no git, no repository, no commit; and what to do about it."""


class GitError(RepositoryError):
    """A command of git that fails, and what git says."""


class UnknownRevisionError(GoodiesError):
    """A name that git does not know here, and what to do about it."""
