"""Checks of stateful resources in a Terraform stack. Each returns the resources that break its promise."""

from pathlib import Path

from assembly.stateful import holds_state
from tests.gcp.terraform import Resource, Stack

# What is lost with these, a deploy brings back: a cluster's workloads, and a secret's value.
DEPLOYED_AGAIN = {"google_container_cluster", "google_secret_manager_secret_version"}
STATEFUL_FILE = Path(__file__).parents[1] / "snapshots" / "stateful-terraform-resources.txt"


def stateful(stack: Stack) -> list[Resource]:
    """Return what holds state. A zone within a network and a cache of other registries are made again from the code."""
    return [
        resource
        for resource in stack.resources()
        if holds_state(resource.type, resource.path)
        and resource.type not in DEPLOYED_AGAIN
        and resource.get("visibility") != "private"
        and resource.get("mode") != "REMOTE_REPOSITORY"
    ]


def pin(resource: Resource) -> str:
    """Return the line of a resource in the file of stateful resources: its address, which its state is kept under."""
    return f"{resource.stack.name}/{resource.type}.{resource.name}"


def replaced_state(stack: Stack) -> list[str]:
    """Name the stateful resources that no longer have the address that they were deployed under."""
    present = {pin(resource) for resource in stateful(stack)}
    pinned = [line for line in STATEFUL_FILE.read_text().splitlines() if line.startswith(f"{stack.name}/")]
    return [f"{line} is gone" for line in pinned if line not in present]


def perishable_state(stack: Stack) -> list[str]:
    """Name what holds state and would be destroyed by an apply that no longer wants it."""
    return [f"{resource} may be destroyed" for resource in stateful(stack) if not resource.protected]
