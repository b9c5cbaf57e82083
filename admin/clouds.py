"""Clouds of commands that work by Terraform's stacks: the one that is meant, and its module of a package."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from admin.errors import WrongAccountError
from local.clouds import TERRAFORM


def choose(cloud: str, typed: Mapping[str, str | None]) -> tuple[str, str | None]:
    """Return the cloud that is meant, and the account there that was typed; None for the embedded cloud.

    An account selects its cloud by its word: ``{"project": "acme-goodies-shared"}``.

    Args:
        cloud: of the embedded cloud, where no account was typed; empty where an account must be.
        typed: the accounts by the words of their clouds, None for those that were not typed.

    Raises:
        WrongAccountError: accounts of two clouds were typed, or one of another cloud than the one that is named.
    """
    given = {word: account for word, account in typed.items() if account is not None}
    words = {found.account_word.lower(): key for key, found in TERRAFORM.items()}
    clouds = {words[word] for word in given} | ({cloud} if cloud else set())
    if len(given) > 1 or len(clouds) > 1:
        choices = ", ".join(f"{word.upper()}= is of CLOUD={key}" for word, key in words.items())
        raise WrongAccountError(f"{choices}: type one of them. Nobody was asked.")
    if not clouds <= TERRAFORM.keys() or not clouds:
        raise WrongAccountError(f"CLOUD={cloud}: allowed is {', '.join(TERRAFORM)}. Nobody was asked.")
    return next(iter(clouds)), next(iter(given.values()), None)


def part(package: str, cloud: str, module: str = "") -> Any:
    """Return what a package has for a cloud; its names are the same for each.

    Args:
        package: ``admin.bootstrap``.
        cloud: value of ``CLOUD``.
        module: of the cloud's package there; the package itself where empty.
    """
    return import_module(".".join(filter(None, (package, cloud, module))))
