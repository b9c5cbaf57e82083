"""Resources that work through a service agent wait for the agent's role."""

from collections.abc import Callable

from tests.local.gcp.refusals.conftest import account, agent, grant
from tests.local.gcp.rest.conftest import Google

_PLACE = "us-central1"


def _trigger(google: Google, project: str) -> tuple[int, dict[str, dict[str, str]]]:
    topic = f"projects/{project}/topics/rollback"
    workflow = f"projects/{project}/locations/{_PLACE}/workflows/undo"
    google.send("PUT", f"pubsub.googleapis.com/v1/{topic}", {})
    url = f"workflows.googleapis.com/v1/projects/{project}/locations/{_PLACE}/workflows"
    google.send("POST", url, {"sourceContents": "main: {steps: []}"}, workflowId="undo")
    body = {
        "destination": {"workflow": workflow},
        "eventFilters": [{"attribute": "type", "value": "google.cloud.pubsub.topic.v1.messagePublished"}],
        "transport": {"pubsub": {"topic": topic}},
    }
    url = f"eventarc.googleapis.com/v1/projects/{project}/locations/{_PLACE}/triggers"
    return google.send("POST", url, body, triggerId="undo")


def test_a_trigger_before_eventarc_s_agent_has_its_role(google: Google, project: str) -> None:
    status, answer = _trigger(google, project)
    assert status == 400
    assert "Permission denied while using the Eventarc Service Agent." in answer["error"]["message"]
    member = f"serviceAccount:{agent(google, project, 'eventarc.googleapis.com')}"
    assert _trigger(google, project)[0] == 400
    url = f"cloudresourcemanager.googleapis.com/v1/projects/{project}"
    grant(google, url, "roles/eventarc.serviceAgent", member)
    assert _trigger(google, project)[0] == 200


def test_a_workflow_without_its_agent_s_role_by_a_switch(
    google: Google, project: str, turn: Callable[..., None]
) -> None:
    url = f"workflows.googleapis.com/v1/projects/{project}/locations/{_PLACE}/workflows"
    body = {"sourceContents": "main: {steps: []}"}
    google.ok("POST", url, body, workflowId="first")
    turn(agents_without_roles="refused")
    status, message = google.refused("POST", url, body, workflowId="second")
    assert (status, "does not have the role roles/workflows.serviceAgent" in message) == (403, True)


def test_an_account_id_that_is_too_short(google: Google, project: str) -> None:
    url = f"iam.googleapis.com/v1/projects/{project}/serviceAccounts"
    status, message = google.refused("POST", url, {"accountId": "nodes", "serviceAccount": {}})
    assert (status, message) == (400, 'The account ID "nodes" does not have a length between 6 and 30.')
    assert google.refused("POST", url, {"accountId": "Goodies-nodes"})[0] == 400
    account(google, project, "goodies-nodes")
