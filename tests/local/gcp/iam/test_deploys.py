"""Recorded deploys, sent by a caller with the roles of docs/deploy/gcp.md, and by one who lacks one of them."""

import re
from collections import Counter
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import pytest

from local.gcp.iam.caller import Caller
from local.gcp.iam.permissions import roles
from local.gcp.iam.requests import needs
from local.gcp.rest.calls import Cloud
from local.proxy.api import Request
from tests.gcp.terraform import Assembly
from tests.local.gcp.recorded.replay import Replay, ReplayError, Row, recording

# The example environments are in no organization, and the person of the last role types one command.
DEPLOY = [role.name for role in roles() if role.granted_on != "organization" and role.name != "roles/billing.admin"]
_BOOTSTRAP = "bootstrap"
# What reads and writes the state, and that is not in the recording.
_OF_THE_STATE = "roles/storage.legacyObjectOwner"


@pytest.fixture(scope="module")
def stacks(gcp: Assembly) -> Mapping[str, Mapping[str, Any]]:
    """The stacks by name, as Terraform reads them."""
    return {name: stack.content for name, stack in gcp.stacks.items()}


def test_the_roles_that_the_document_names_suffice(stacks: Mapping[str, Mapping[str, Any]]) -> None:
    """Each request is sent twice: by a caller without roles, who is refused, and by one with all of them."""
    replay = Replay(stacks)
    caller, cloud = Caller(replay.store), Cloud(replay.store)
    refused = 0

    def without(_: Row, request: Request) -> None:
        nonlocal refused
        caller.turn({"roles": ""})
        if wanted := [each.permission for each in needs(request, cloud)]:
            answer = replay.send(request)
            assert answer.status == HTTPStatus.FORBIDDEN
            assert wanted[0] in answer.body.decode()
            refused += 1
        caller.turn({"roles": ",".join(DEPLOY)})

    replay.run(recording(), before=without)
    assert refused > 0.9 * len(recording())


def test_without_any_one_of_them_each_request_that_needs_it_is_refused(stacks: Mapping[str, Mapping[str, Any]]) -> None:
    """Each request is sent without each role in turn, where that leaves a permission missing; then with all of them."""
    replay = Replay(stacks)
    caller, cloud = Caller(replay.store), Cloud(replay.store)
    refused: Counter[str] = Counter()

    def without_each(_: Row, request: Request) -> None:
        wanted = list(needs(request, cloud))
        for role in DEPLOY:
            caller.turn({"roles": ",".join(each for each in DEPLOY if each != role)})
            if lacking := [each.permission for each in wanted if not caller.may(each.permission, each.on)]:
                answer = replay.send(request)
                assert answer.status == HTTPStatus.FORBIDDEN
                assert lacking[0] in answer.body.decode()
                refused[role] += 1
        caller.turn({"roles": ",".join(DEPLOY)})

    replay.run(recording(), before=without_each)
    assert refused.keys() == set(DEPLOY) - {_OF_THE_STATE}
    assert refused["roles/owner"] > 0.9 * len(recording())


@pytest.mark.parametrize(
    ("role", "permission"),
    [
        ("roles/owner", "cloudkms.keyRings.get"),
        ("roles/storage.legacyBucketOwner", "storage.buckets.get"),
        ("roles/billing.user", "billing.resourceAssociations.create"),
        ("roles/billing.costsManager", "billing.budgets.create"),
    ],
)
def test_without_one_of_them_a_deploy_stops(
    stacks: Mapping[str, Mapping[str, Any]], role: str, permission: str
) -> None:
    """Somebody else has made the projects, except where it is the bootstrap that needs the role.

    The role is missing from the first request on that needs the permission: which request of a deploy comes first is
    Terraform's choice, and changes with each recording. The state is not in the recording.
    """
    replay = Replay(stacks)
    held = ",".join(each for each in DEPLOY if each != role)

    def turn(row: Row, request: Request) -> None:
        first = [each.permission for each in needs(request, Cloud(replay.store))][:1]
        if first == [permission] and (role == "roles/billing.user" or row.step != _BOOTSTRAP):
            Caller(replay.store).turn({"roles": held})

    with pytest.raises(ReplayError, match=f"answered 403.*{re.escape(permission)}"):
        replay.run(recording(), before=turn)
