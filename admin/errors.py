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
    """The account, project or subscription that was typed is not that of the data, or not the caller's."""


class AwsError(AdminError):
    """AWS refuses a call, or does not answer."""


class ApiError(AdminError):
    """An API of a cloud refuses a request, or does not answer."""


class AbsentError(ApiError):
    """A resource that does not exist."""


class DeniedError(ApiError):
    """A request that the caller may not make; a cloud may say the same of what does not exist."""


class ConflictError(ApiError):
    """A change of what another caller changed meanwhile, or a resource that exists already."""


class NotYetError(ApiError):
    """A request that the cloud may accept a little later: its API was just enabled, a role just granted.

    Args:
        message: what the cloud says.
        seconds: how long to wait before it is sent again.
    """

    def __init__(self, message: str, seconds: float = 15) -> None:
        super().__init__(message)
        self.seconds = seconds


class NotRunningError(ApiError):
    """The embedded cloud does not run, and no account of a real one was typed."""

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
    """A cloud cannot be prepared for the first deploy."""


class ChartError(AdminError):
    """A chart cannot be put into the registry."""


class TerraformError(AdminError):
    """Terraform cannot check a stack."""


class PreflightError(AdminError):
    """A preflight cannot begin."""


class WriteRefusedError(GoodiesError):
    """A command that only reads was about to send something else: a fault of the command."""
