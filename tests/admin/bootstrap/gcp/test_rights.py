"""The bootstrap of a caller who holds the roles of docs/deploy/gcp.md, and of one who lacks one of them."""

from dataclasses import replace
from pathlib import Path

import pytest

from admin.bootstrap.gcp.needs import Needs, read
from admin.bootstrap.gcp.steps import prepare
from admin.bootstrap.model import Outcome
from admin.errors import AdminError
from local.gcp.iam.permissions import roles
from tests.admin.bootstrap.gcp.world import World

# The person of this role types one command, which a deploy prints.
ROLES = [role.name for role in roles() if role.name != "roles/billing.admin"]


@pytest.fixture
def needs(stacks: Path) -> Needs:
    """Needs of the stacks, in an organization."""
    return replace(read(stacks), organization="1")


@pytest.mark.parametrize(
    "held",
    [ROLES, ["roles/resourcemanager.projectCreator", "roles/billing.user"]],
    ids=["all that the document names", "who makes a project owns it and its bucket"],
)
def test_the_roles_that_the_document_names_suffice(world: World, needs: Needs, held: list[str]) -> None:
    world.caller.turn({"roles": ",".join(held)})
    assert Outcome.MADE in {step.outcome for step in prepare(world.connection, needs)}
    before = len(world.calls)
    list(prepare(world.connection, needs))
    assert world.writes(before) == []


@pytest.mark.parametrize(
    ("role", "permission"),
    [
        ("roles/billing.user", "billing.resourceAssociations.create"),
        ("roles/resourcemanager.projectCreator", "resourcemanager.projects.create"),
    ],
)
def test_a_first_bootstrap_names_what_it_lacks(world: World, needs: Needs, role: str, permission: str) -> None:
    world.caller.turn({"roles": ",".join(each for each in ROLES if each != role)})
    with pytest.raises(AdminError, match=permission):
        list(prepare(world.connection, needs))


@pytest.mark.parametrize(
    ("role", "permission"),
    [
        ("roles/owner", "resourcemanager.projects.get"),
        ("roles/storage.legacyBucketOwner", "storage.buckets.update"),
    ],
)
def test_a_later_bootstrap_names_what_it_lacks(world: World, needs: Needs, role: str, permission: str) -> None:
    list(prepare(world.connection, needs))
    world.ask(
        "PATCH", f"https://storage.googleapis.com/storage/v1/b/{needs.bucket}", {"versioning": {"enabled": False}}
    )
    world.caller.turn({"roles": ",".join(each for each in ROLES if each != role)})
    with pytest.raises(AdminError, match=permission):
        list(prepare(world.connection, needs))
