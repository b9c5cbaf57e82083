"""Accounts and projects that ``environments/`` names."""

import yaml

from admin.errors import DestroyError, WrongAccountError
from assembly.environment_files import FOLDER, environment_names
from assembly.values import Json


def aws_account(environment: str) -> str:
    """Return the AWS account that an environment lives in.

    Raises:
        WrongAccountError: there is no such environment.
    """
    _require_known(environment)
    return _value(environment, "account", "aws_account_id")


def registry_account() -> str:
    """Return the AWS account of the registry and its builds."""
    return _value("policy", "account", "aws_account_id")


def primary_region() -> str:
    """Return the AWS region that environments live in."""
    return _value("policy", "regions", "aws", "primary", "name")


def up_minutes() -> float:
    """Return how many minutes a deployment waits for its new tasks."""
    return float(_value("policy", "releases", "up_minutes"))


def shared_project() -> str:
    """Return the project of Google Cloud that holds the registry and Terraform's state."""
    return shared_account_of("gcp", "project")


def regions() -> tuple[str, ...]:
    """Return the AWS regions that stacks are in: primary, recovery, and that of the CDN's certificate."""
    recovery = _value("policy", "regions", "aws", "recovery", "name")
    return tuple(dict.fromkeys((primary_region(), recovery, "us-east-1")))


def require_expendable(environment: str) -> None:
    """Refuse an environment whose data may not be lost.

    Raises:
        DestroyError: it is production, or its file protects its data.
        WrongAccountError: there is no such environment.
    """
    _require_known(environment)
    file = f"environments/{environment}.yaml"
    if _value(environment, "stage") == "production":
        raise DestroyError(
            f"ENV={environment}: {file} says stage: production, and no command deletes that. docs/deploy/aws.md says,"
            " under Teardown, what a person does. Nothing was changed."
        )
    # What is not written protects, as in the model.
    found = _read(environment)
    protecting = [
        f"{part}.deletion_protection: true"
        for part in ("database", "service")
        if (found.get(part) or {}).get("deletion_protection", True) is not False
    ]
    if (lock := found.get("vault_lock", "none")) != "none":
        protecting.append(f"vault_lock: {lock}")
    if protecting:
        raise DestroyError(
            f"ENV={environment}: {file} says {', '.join(protecting)}: what it holds may not be lost. Where it may,"
            " write false, or none, deploy it, and run this again. Nothing was changed."
        )


def google_project(environment: str) -> str:
    """Return the project of Google Cloud that an environment lives in.

    Raises:
        WrongAccountError: there is no such environment, or it has no project.
    """
    return account_of(environment, "gcp", "project")


def shared_account_of(cloud: str, key: str) -> str:
    """Return a value of what all environments share in a cloud of Terraform's stacks.

    Args:
        cloud: value of ``CLOUD``.
        key: of its block: ``project``.
    """
    return _value("policy", "account", cloud, key)


def account_of(environment: str, cloud: str, key: str) -> str:
    """Return a value of an environment's account in a cloud of Terraform's stacks.

    Raises:
        WrongAccountError: there is no such environment, or it has no such account.
    """
    _require_known(environment)
    return _value(environment, "account", cloud, key)


def require_shared_project(project: str) -> None:
    """Refuse a project that is not the shared one.

    Raises:
        WrongAccountError: it is another.
    """
    if project != (expected := shared_project()):
        raise WrongAccountError(f"PROJECT={project}: environments/policy.yaml says account.gcp.project: {expected}")


def _require_known(environment: str) -> None:
    if environment not in environment_names():
        raise WrongAccountError(f"ENV={environment}: allowed is {', '.join(environment_names())}.")


def _value(name: str, *keys: str) -> str:
    """Return a value of a file; what is wrong with a whole file, a synthesis says better."""
    try:
        found = _read(name)
        for key in keys:
            found = found[key]
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError):
        raise WrongAccountError(
            f"environments/{name}.yaml: {'.'.join(keys)}: cannot be read; `make synth` says what is wrong there."
        ) from None
    return str(found)


def _read(name: str) -> Json:
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
