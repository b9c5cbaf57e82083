"""Accounts and projects that ``environments/`` names."""

import yaml

from admin.errors import WrongAccountError
from assembly.environment_files import FOLDER, environment_names
from assembly.values import Json


def aws_account(environment: str) -> str:
    """Return the AWS account that an environment lives in.

    Raises:
        WrongAccountError: there is no such environment.
    """
    if environment not in environment_names():
        raise WrongAccountError(f"ENV={environment}: allowed is {', '.join(environment_names())}.")
    return _value(environment, "account", "aws_account_id")


def registry_account() -> str:
    """Return the AWS account of the registry and its builds."""
    return _value("policy", "account", "aws_account_id")


def primary_region() -> str:
    """Return the AWS region that environments live in."""
    return _value("policy", "regions", "aws", "primary", "name")


def shared_project() -> str:
    """Return the project of Google Cloud that holds the registry and Terraform's state."""
    return _value("policy", "account", "gcp", "project")


def _value(name: str, *keys: str) -> str:
    """Return a value of a file; what is wrong with a whole file, a synthesis says better."""
    try:
        found: Json = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
        for key in keys:
            found = found[key]
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError):
        raise WrongAccountError(
            f"environments/{name}.yaml: {'.'.join(keys)}: cannot be read; `make synth` says what is wrong there."
        ) from None
    return str(found)
