"""A key that a service's agent may not use is refused to the service."""

from typing import Any

import pytest

from tests.local.gcp.refusals.conftest import agent, key
from tests.local.gcp.rest.conftest import Google


def _topic(google: Google, project: str, name: str) -> tuple[int, Any]:
    return google.send("PUT", f"pubsub.googleapis.com/v1/projects/{project}/topics/rollback", {"kmsKeyName": name})


def test_a_key_without_a_role_of_the_agent(google: Google, project: str) -> None:
    name = key(google, project)
    status, answer = _topic(google, project, name)
    assert status == 400
    assert "cloudkms.cryptoKeyVersions.useToEncrypt' denied on resource" in answer["error"]["message"]
    assert "gcp-sa-pubsub.iam.gserviceaccount.com" in answer["error"]["message"]


def test_a_key_with_the_role(google: Google, project: str) -> None:
    agent(google, project, "pubsub.googleapis.com")
    assert _topic(google, project, key(google, project, "gcp-sa-pubsub"))[0] == 200


def test_a_key_that_is_not_there(google: Google, project: str) -> None:
    status, answer = _topic(google, project, f"projects/{project}/locations/us/keyRings/none/cryptoKeys/none")
    assert (status, "or it may not exist" in answer["error"]["message"]) == (400, True)


def test_a_key_whose_version_is_destroyed(google: Google, project: str) -> None:
    agent(google, project, "pubsub.googleapis.com")
    name = key(google, project, "gcp-sa-pubsub")
    google.ok("POST", f"cloudkms.googleapis.com/v1/{name}/cryptoKeyVersions/1:destroy", {})
    status, answer = _topic(google, project, name)
    assert (status, "DESTROY_SCHEDULED" in answer["error"]["message"]) == (400, True)


@pytest.mark.parametrize("agents", [("compute-system",), ("container-engine-robot",)])
def test_a_cluster_needs_both_of_its_agents(google: Google, project: str, agents: tuple[str, ...]) -> None:
    name = key(google, project, *agents)
    cluster = {
        "name": "goodies",
        "autopilot": {"enabled": True},
        "databaseEncryption": {"state": "ENCRYPTED", "keyName": name},
        "autoscaling": {"autoprovisioningNodePoolDefaults": {"bootDiskKmsKey": name}},
    }
    url = f"container.googleapis.com/v1/projects/{project}/locations/us-central1/clusters"
    assert "useToEncrypt" in google.refused("POST", url, {"cluster": cluster})[1]
