"""Service-linked roles that ``GoodiesAccount`` makes in an account, for environments that are deployed without it."""

from rich.console import Console

from local.cloud import EmbeddedCloud
from local.commands import Command, run

# Services without whose role a first create fails; the others make theirs at the first use.
_SERVICES = ("ecs.amazonaws.com",)


def add_service_linked_roles(cloud: EmbeddedCloud, console: Console) -> None:
    """Print and run the command that makes each role the account does not have."""
    paths = {role["Path"] for role in cloud.client("iam").list_roles()["Roles"]}
    for service in _SERVICES:
        if f"/aws-service-role/{service}/" not in paths:
            command = Command("iam", "create_service_linked_role", "us-east-1", {"AWSServiceName": service})
            run([command], cloud, console)
