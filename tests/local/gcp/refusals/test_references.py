"""References to what is not there, and deletions of what is in use."""

import pytest

from tests.local.gcp.refusals.conftest import network
from tests.local.gcp.rest.conftest import Google

_COMPUTE = "compute.googleapis.com/compute/v1"


def test_a_network_that_is_not_there(google: Google, project: str) -> None:
    link = f"https://www.googleapis.com/compute/v1/projects/{project}/global/networks/none"
    firewall = {"name": "in", "network": link, "allowed": [{"IPProtocol": "tcp"}]}
    status, message = google.refused("POST", f"{_COMPUTE}/projects/{project}/global/firewalls", firewall)
    assert status == 400
    assert message == (
        f"Invalid value for field 'resource.network': '{link}'. The referenced network resource cannot be found."
    )


def test_a_network_in_use(google: Google, project: str) -> None:
    name = network(google, project)
    url = f"{_COMPUTE}/projects/{project}/global/firewalls"
    google.ok("POST", url, {"name": "in", "network": name, "allowed": [{"IPProtocol": "tcp"}]})
    status, message = google.refused("DELETE", f"{_COMPUTE}/{name}")
    user = f"projects/{project}/global/firewalls/in"
    assert (status, message) == (400, f"The network resource '{name}' is already being used by '{user}'")
    google.ok("DELETE", f"{url}/in")
    google.ok("DELETE", f"{_COMPUTE}/{name}")


def test_an_account_that_is_not_there(google: Google, project: str) -> None:
    url = f"workflows.googleapis.com/v1/projects/{project}/locations/us-central1/workflows"
    email = f"goodies-undo@{project}.iam.gserviceaccount.com"
    body = {"sourceContents": "main: {steps: []}", "serviceAccount": f"projects/{project}/serviceAccounts/{email}"}
    status, message = google.refused("POST", url, body, workflowId="undo")
    assert (status, message.startswith(f"Service account {email} does not exist")) == (404, True)


def test_a_parent_that_is_not_there(google: Google, project: str) -> None:
    url = f"cloudkms.googleapis.com/v1/projects/{project}/locations/us/keyRings/none/cryptoKeys"
    assert google.refused("POST", url, {"purpose": "ENCRYPT_DECRYPT"}, cryptoKeyId="goodies")[0] == 404


def test_a_channel_in_use(google: Google, project: str) -> None:
    url = f"monitoring.googleapis.com/v3/projects/{project}"
    channel = google.ok("POST", f"{url}/notificationChannels", {"type": "email", "labels": {"email_address": "a@b.c"}})
    condition = {
        "displayName": "c",
        "conditionThreshold": {"filter": 'metric.type="x"', "comparison": "COMPARISON_GT", "duration": "0s"},
    }
    policy = {"displayName": "p", "combiner": "OR", "conditions": [condition]}
    google.ok("POST", f"{url}/alertPolicies", policy | {"notificationChannels": [channel["name"]]})
    assert "refers to it" in google.refused("DELETE", f"monitoring.googleapis.com/v3/{channel['name']}")[1]
    google.ok("DELETE", f"monitoring.googleapis.com/v3/{channel['name']}", force="true")


def test_a_channel_that_is_not_there(google: Google, project: str) -> None:
    channels = [f"projects/{project}/notificationChannels/7"]
    policy = {"combiner": "OR", "conditions": [], "notificationChannels": channels}
    url = f"monitoring.googleapis.com/v3/projects/{project}/alertPolicies"
    status, message = google.refused("POST", url, policy)
    assert (status, "notificationChannels/7' was not found" in message) == (404, True)


def test_a_connection_with_a_database(google: Google, project: str) -> None:
    name = network(google, project)
    url = "servicenetworking.googleapis.com/v1/services/servicenetworking.googleapis.com/connections"
    google.ok("POST", url, {"network": name, "reservedPeeringRanges": []})
    settings = {"tier": "db-custom-1-3840", "ipConfiguration": {"privateNetwork": name, "ipv4Enabled": False}}
    instance = {"name": "goodies", "databaseVersion": "POSTGRES_18", "settings": settings}
    google.ok("POST", f"sqladmin.googleapis.com/sql/v1beta4/projects/{project}/instances", instance)
    peering = f"{url}/servicenetworking-googleapis-com"
    failed = google.ok("POST", f"{peering}:deleteConnection", {"consumerNetwork": name})
    assert "are still using this connection" in failed["error"]["message"]


@pytest.mark.parametrize("kind", ["networks", "firewalls"])
def test_what_is_there_may_be_named_by_its_project_s_number(google: Google, project: str, kind: str) -> None:
    name = network(google, project)
    if kind == "firewalls":
        body = {"name": "in", "network": f"{_COMPUTE}/{name}".replace("compute", "https://compute", 1)}
        google.ok("POST", f"{_COMPUTE}/projects/{project}/global/firewalls", body)
    else:
        google.ok("GET", f"{_COMPUTE}/{name}")


def test_a_range_and_a_network_that_only_their_last_part_names(google: Google, project: str) -> None:
    connection = {"network": network(google, project), "reservedPeeringRanges": ["nowhere"]}
    url = "servicenetworking.googleapis.com/v1/services/servicenetworking.googleapis.com/connections"
    status, message = google.refused("POST", url, connection)
    assert (status, "global/addresses/nowhere' was not found" in message) == (404, True)
    url = f"container.googleapis.com/v1/projects/{project}/locations/us-central1/clusters"
    status, message = google.refused("POST", url, {"cluster": {"name": "goodies", "network": "nowhere"}})
    assert (status, "global/networks/nowhere' was not found" in message) == (404, True)


def test_a_list_in_what_is_not_there(google: Google, project: str) -> None:
    ring = f"cloudkms.googleapis.com/v1/projects/{project}/locations/us/keyRings/nowhere"
    assert google.refused("GET", f"{ring}/cryptoKeys")[0] == 404


@pytest.mark.parametrize(
    "url",
    [
        "cloudbilling.googleapis.com/v1/projects/nobodys/billingInfo",
        "serviceusage.googleapis.com/v1/projects/nobodys/services",
    ],
)
def test_what_is_asked_of_a_project_that_is_not_there(google: Google, url: str) -> None:
    assert google.refused("GET", url) == (403, "Permission denied on resource project nobodys.")
