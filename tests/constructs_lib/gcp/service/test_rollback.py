"""Automatic rollback: its trigger, its workflow's permissions, the deadline of a rollout."""

import pytest

from tests.gcp.terraform import Stack


@pytest.mark.plan("RBK-1/health", "RBK-1/errors", "RBK-1/response-time", "RBK-1/memory", "RBK-1/cpu")
def test_an_alarm_of_a_deployment_starts_the_undoing(gcp_environment: Stack) -> None:
    alarms = gcp_environment.resources("google_monitoring_alert_policy", "Rollback")
    assert len(alarms) == 5
    channel = gcp_environment.one("google_monitoring_notification_channel", "Undo")
    trigger = gcp_environment.one("google_eventarc_trigger", "Undo")
    topic = gcp_environment.one("google_pubsub_topic", "Undo")
    for alarm in alarms:
        assert alarm["notification_channels"] == [channel], alarm
    assert (channel["type"], channel["labels"]) == ("pubsub", {"topic": topic})
    assert trigger["transport"] == {"pubsub": {"topic": topic}}
    assert trigger["destination"] == {"workflow": gcp_environment.one("google_workflows_workflow", "Undo")}
    (publisher,) = gcp_environment.resources("google_pubsub_topic_iam_member", topic=topic)
    assert publisher["member"].endswith("@gcp-sa-monitoring-notification.iam.gserviceaccount.com")


@pytest.mark.plan("SEC-9/roles")
def test_whoever_undoes_may_touch_the_one_deployment(gcp_environment: Stack) -> None:
    role = gcp_environment.one("kubernetes_role_v1", "Undo")
    binding = gcp_environment.one("kubernetes_role_binding_v1", "Undo")
    account = gcp_environment.one("google_service_account", "Undo")
    deployment = gcp_environment.one("kubernetes_deployment_v1")
    writing, reading = role["rule"]
    assert (writing["resources"], writing["resource_names"]) == (["deployments"], [deployment])
    assert (reading["resources"], reading["verbs"]) == (["replicasets"], ["list"])
    assert (binding["role_ref"]["name"], binding["subject"][0]["name"]) == (role, account)


@pytest.mark.plan("SEC-9/roles")
def test_whoever_undoes_is_known_to_kubernetes_by_address_and_by_number(gcp_environment: Stack) -> None:
    """A token without the scope of e-mail addresses has the number of its service account for a name."""
    account = gcp_environment.one("google_service_account", "Undo")
    subjects = gcp_environment.one("kubernetes_role_binding_v1", "Undo").body["subject"]
    own = f"google_service_account.{account.name}"
    assert [subject["name"] for subject in subjects] == [f"${{{own}.email}}", f"${{{own}.unique_id}}"]


@pytest.mark.plan("SEC-9/roles")
def test_in_the_project_it_may_connect_and_no_more(gcp_environment: Stack) -> None:
    account = gcp_environment.one("google_service_account", "Undo")
    role = gcp_environment.one("google_project_iam_custom_role", "Undo")
    grants = [grant["role"] for grant in gcp_environment.resources("google_project_iam_member", member=account)]
    assert role["permissions"] == ["container.clusters.connect", "container.clusters.get"]
    assert sorted(str(grant) for grant in grants) == sorted(
        [str(role), "roles/workflows.invoker", "roles/logging.logWriter"]
    )


@pytest.mark.plan("SEC-5")
def test_what_it_stores_is_encrypted_with_the_environments_key(gcp_environment: Stack) -> None:
    key = gcp_environment.one("google_kms_crypto_key", "Key")
    assert gcp_environment.one("google_workflows_workflow", "Undo")["crypto_key_name"] == key
    assert gcp_environment.one("google_pubsub_topic", "Undo")["kms_key_name"] == key


@pytest.mark.plan("RBK-1/health")
def test_kubernetes_stops_a_rollout_whose_pods_do_not_become_ready(gcp_environment: Stack) -> None:
    spec = gcp_environment.one("kubernetes_deployment_v1")["spec"]
    assert spec["progress_deadline_seconds"] == 600
    assert spec["strategy"]["rolling_update"]["max_unavailable"] == "0"
    assert spec["revision_history_limit"] >= 2
