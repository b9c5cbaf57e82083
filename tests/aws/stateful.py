"""Checks of resources that hold state; each returns the offenders, none when all is well."""

from pathlib import Path

from assembly.stateful import holds_state
from tests.aws.resources import Environment, Resource

STATEFUL_FILE = Path(__file__).parents[1] / "snapshots" / "stateful-resources.txt"


def stateful(environment: Environment) -> list[Resource]:
    """Return what holds state. The secrets of a stack that may be destroyed are made anew with it."""
    return [
        resource
        for resource in environment.resources()
        if holds_state(resource.type, resource.path)
        and (resource.type != "AWS::SecretsManager::Secret" or environment.stacks[resource.stack].protected)
    ]


def pinned(environment: Environment) -> list[str]:
    """Return the lines of an environment in the file of stateful resources."""
    lines = STATEFUL_FILE.read_text().splitlines()
    return [line for line in lines if line.split("/")[0].split("-")[0] == environment.name]


def replaced_state(environment: Environment) -> list[str]:
    """Name the stateful resources that are no longer called what they were when they were deployed."""
    present = {pin(resource) for resource in stateful(environment)}
    return [f"{line} is gone" for line in pinned(environment) if line not in present]


def pin(resource: Resource) -> str:
    """Return the line of a resource in the file of stateful resources."""
    return f"{resource.stack}/{resource.logical_id} {resource.type}"


def perishable_state(environment: Environment) -> list[str]:
    """Name what holds state and goes when its stack goes, or when it is replaced."""
    return [
        f"{resource} has {policy} {resource.body.get(policy)}"
        for resource in stateful(environment)
        for policy in ("DeletionPolicy", "UpdateReplacePolicy")
        if resource.body.get(policy) not in {"Retain", "RetainExceptOnCreate", "Snapshot"}
    ]
