"""Connection to a cloud of Terraform's stacks: the embedded one, or the real one where an account was typed."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from admin.errors import NotRunningError, WrongAccountError
from assembly.process_environment import leading_to_embedded
from local.terraform.cloud import TerraformCloud

_Cloud = TypeVar("_Cloud", bound=TerraformCloud)


@dataclass(frozen=True, kw_only=True)
class CloudConnection:
    """A cloud with a caller.

    Attributes:
        cloud: name of the cloud.
        word: what it calls an account.
        environment: variables of a program that works in the same cloud; those of this process for the real one.
        embedded: whether it is the cloud on this machine.
        lock: keeps other commands from changing the embedded cloud while a block runs, which has a purpose. Nothing
            locks the real one: its APIs say when somebody else changes the same.
    """

    cloud: ClassVar[str]
    word: ClassVar[str]
    environment: Mapping[str, str]
    embedded: bool
    lock: Callable[[str], AbstractContextManager[object]] = nullcontext

    @property
    def name(self) -> str:
        """Name of the cloud, for the first line of a command."""
        return f"Embedded {self.cloud}" if self.embedded else self.cloud


def require_running(cloud: _Cloud, expected: str) -> _Cloud:
    """Return the embedded cloud of this checkout, without which nothing goes on.

    Args:
        cloud: the embedded cloud.
        expected: account that ``environments/`` names, for the hint.

    Raises:
        NotRunningError: it does not run.
    """
    if not cloud.running():
        name, word = cloud.name.removeprefix("The embedded "), cloud.account_word
        raise NotRunningError(
            f"{cloud.name} does not run: `make deploy CLOUD={cloud.key}` starts it. To act on {name}, type the"
            f" {word.lower()}: {word.upper()}={expected}."
        )
    return cloud


def refuse_leading_to(cloud: TerraformCloud, account: str) -> None:
    """Refuse an account that was typed where this process's environment leads to the embedded cloud.

    Raises:
        WrongAccountError: it does.
    """
    if names := leading_to_embedded(cloud.endpoint):
        raise WrongAccountError(
            f"{cloud.account_word.upper()}={account}: your environment leads to {_lower(cloud.name)}, by"
            f" {', '.join(names)}. Leave its shell, or unset them. Nothing was changed."
        )


def ended_meanwhile(cloud: TerraformCloud) -> str:
    """Return the line about an embedded cloud that has ended while a command worked on it."""
    return (
        f"{cloud.name} has ended: something killed it, or it failed (its log is {cloud.log}). `make deploy"
        f" CLOUD={cloud.key}` starts it again; nothing that it answered is lost."
    )


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
