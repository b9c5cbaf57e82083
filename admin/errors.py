"""Errors of the commands that work on a real account."""

from collections.abc import Iterator
from contextlib import contextmanager

from errors import GoodiesError
from operations.release.errors import RolloutError


class AdminError(GoodiesError):
    """A command of this package cannot do its work; the message says what was changed, if anything."""


class NotConfirmedError(AdminError):
    """Error: no person confirmed the change in a real account."""


class WrongAccountError(AdminError):
    """The account or project that was typed is not that of the data, or not the caller's."""


class AwsError(AdminError):
    """AWS refuses a call, or does not answer."""


class GoogleError(AdminError):
    """Google Cloud refuses a request, or does not answer."""


class NotRunningError(GoogleError):
    """The embedded Google Cloud does not run, and no project was typed."""

    exit_code = 2


class PasswordError(AdminError):
    """A password that cannot be taken."""


class PatchError(AdminError):
    """A release cannot be patched."""


class ReleaseError(AdminError):
    """A release cannot be rolled out."""


@contextmanager
def rollout_errors() -> Iterator[None]:
    """Translate what the programs of ``operations.release`` raise in the block.

    Raises:
        ReleaseError: with the same words.
    """
    try:
        yield
    except RolloutError as error:
        raise ReleaseError(str(error)) from error


class MigrationError(AdminError):
    """A release's migration did not run, or failed."""


class DestroyError(AdminError):
    """An environment may not be deleted, or a stack of it cannot be."""


class ServiceError(AdminError):
    """The service of an environment is not there, or does not do what a command needs."""


class BootstrapError(AdminError):
    """Google Cloud cannot be prepared for the first deploy."""


class ChartError(AdminError):
    """A chart cannot be put into the registry."""


class TerraformError(AdminError):
    """Terraform cannot check a stack."""


class PreflightError(AdminError):
    """A preflight cannot begin."""


class WriteRefusedError(GoodiesError):
    """A command that only reads was about to send something else: a fault of the command."""
