"""Members of bindings that nobody knows are refused, with the words of IAM."""

from collections.abc import Callable

import pytest

from tests.local.gcp.refusals.conftest import account, agent, grant, network, number, policy
from tests.local.gcp.rest.conftest import Google

_ROLE = "roles/logging.logWriter"


def refused(google: Google, project: str, member: str, role: str = _ROLE) -> tuple[int, str]:
    """Return how a grant in a project is refused."""
    url = f"cloudresourcemanager.googleapis.com/v1/projects/{project}"
    return google.refused("POST", f"{url}:setIamPolicy", {"policy": policy(google, url, role, member)})


@pytest.mark.parametrize("member", ["", "nodes", "serviceaccount:a@b.c", "user:", "role:x@example.com", "user:ann"])
def test_a_member_that_is_empty_or_malformed(google: Google, project: str, member: str) -> None:
    assert refused(google, project, member) == (400, 'Policy members must be of the form "<type>:<value>".')


def test_a_sink_into_its_own_project_writes_as_nobody(google: Google, project: str) -> None:
    """The writer of such a sink is empty, and a role that is granted to it is refused."""
    sink = {"name": "records", "destination": f"logging.googleapis.com/projects/{project}/locations/us/buckets/trail"}
    made = google.ok("POST", f"logging.googleapis.com/v2/projects/{project}/sinks", sink, uniqueWriterIdentity="true")
    status, message = refused(google, project, made.get("writerIdentity", ""), "roles/logging.bucketWriter")
    assert (status, message) == (400, 'Policy members must be of the form "<type>:<value>".')


def test_a_service_account_that_is_not_there(google: Google, project: str) -> None:
    member = f"serviceAccount:goodies-nodes@{project}.iam.gserviceaccount.com"
    assert refused(google, project, member) == (400, f"Service account {member.partition(':')[2]} does not exist.")


def test_a_service_account_made_a_moment_ago(google: Google, project: str, later: Callable[..., None]) -> None:
    email = account(google, project)
    assert refused(google, project, f"serviceAccount:{email}") == (400, f"Service account {email} does not exist.")
    later(seconds=10)
    grant(google, f"cloudresourcemanager.googleapis.com/v1/projects/{project}", _ROLE, f"serviceAccount:{email}")


def test_an_agent_that_nobody_made(google: Google, project: str) -> None:
    email = f"service-{number(google, project)}@gcp-sa-eventarc.iam.gserviceaccount.com"
    assert refused(google, project, f"serviceAccount:{email}") == (400, f"Service account {email} does not exist.")
    assert agent(google, project, "eventarc.googleapis.com") == email
    grant(google, f"cloudresourcemanager.googleapis.com/v1/projects/{project}", _ROLE, f"serviceAccount:{email}")


def test_an_agent_that_its_first_resource_makes(google: Google, project: str) -> None:
    email = f"service-{number(google, project)}@https-lb.iam.gserviceaccount.com"
    assert "does not exist" in refused(google, project, f"serviceAccount:{email}")[1]
    url = f"compute.googleapis.com/compute/v1/projects/{project}/global/backendBuckets"
    google.ok("POST", url, {"name": "assets", "bucketName": "assets"})
    grant(google, f"cloudresourcemanager.googleapis.com/v1/projects/{project}", _ROLE, f"serviceAccount:{email}")


def test_a_pool_before_the_first_cluster(google: Google, project: str) -> None:
    pool = f"{project}.svc.id.goog"
    place = f"projects/{number(google, project)}/locations/global/workloadIdentityPools/{pool}"
    member = f"principal://iam.googleapis.com/{place}/subject/ns/keda/sa/keda-operator"
    status, message = refused(google, project, member)
    assert (status, f"Identity Pool does not exist ({pool})" in message) == (400, True)
    cluster = {"name": "goodies", "network": network(google, project), "autopilot": {"enabled": True}}
    url = f"container.googleapis.com/v1/projects/{project}/locations/us-central1/clusters"
    google.ok("POST", url, {"cluster": cluster})
    grant(google, f"cloudresourcemanager.googleapis.com/v1/projects/{project}", _ROLE, member)


def test_a_role_that_is_not_there(google: Google, project: str) -> None:
    role = f"projects/{project}/roles/reader"
    status, message = refused(google, project, "user:ann@example.com", role)
    assert (status, message) == (400, f"Role ({role}) does not exist in the resource's hierarchy.")


@pytest.mark.parametrize("role", ["", "reader", "roles/", "role/viewer", "roles/logging logWriter"])
def test_a_role_that_is_malformed(google: Google, project: str, role: str) -> None:
    status, message = refused(google, project, "user:ann@example.com", role)
    assert (status, message.startswith("Role name must be in the format roles/{role}")) == (400, True)


@pytest.mark.parametrize("role", ["roles/logging.logWriterr", "roles/loging.logWriter", "roles/reader"])
def test_a_role_that_google_does_not_have(google: Google, project: str, role: str) -> None:
    status, message = refused(google, project, "user:ann@example.com", role)
    assert (status, message) == (400, f"Role {role} is not supported for this resource.")


def test_a_deleted_role_is_granted_to_nobody_else(google: Google, project: str) -> None:
    role, url = f"projects/{project}/roles/reader", f"cloudresourcemanager.googleapis.com/v1/projects/{project}"
    google.ok("POST", f"iam.googleapis.com/v1/projects/{project}/roles", {"roleId": "reader", "role": {}})
    grant(google, url, role, "user:ann@example.com")
    google.ok("DELETE", f"iam.googleapis.com/v1/{role}")
    assert refused(google, project, "user:bob@example.com", role)[0] == 400
    grant(google, url, _ROLE, "user:bob@example.com")


def test_a_member_that_is_gone_may_stay_in_a_policy(google: Google, project: str, later: Callable[..., None]) -> None:
    email, url = account(google, project), f"cloudresourcemanager.googleapis.com/v1/projects/{project}"
    later(seconds=10)
    grant(google, url, _ROLE, f"serviceAccount:{email}")
    google.ok("DELETE", f"iam.googleapis.com/v1/projects/{project}/serviceAccounts/{email}")
    grant(google, url, "roles/monitoring.viewer", "user:ann@example.com")


def test_the_policy_of_what_is_not_there(google: Google, project: str) -> None:
    url = f"pubsub.googleapis.com/v1/projects/{project}/topics/rollback:setIamPolicy"
    assert google.refused("POST", url, {"policy": {"bindings": []}})[0] == 404
