"""Autoneg: the permissions and the node selector of what attaches network endpoint groups to the backend."""

import json

import pytest

from assembly.values import Json
from tests.gcp.terraform import Stack


def values(stack: Stack) -> Json:
    return json.loads(stack.one("helm_release", "Endpoints")["values"][0])


@pytest.mark.plan("SEC-9/roles")
def test_whoever_attaches_pods_may_do_nothing_else(gcp_environment: Stack) -> None:
    account = values(gcp_environment)["serviceAccount"]["name"]
    (grant,) = (
        grant
        for grant in gcp_environment.resources("google_project_iam_member")
        if grant.body["member"].endswith(f"/sa/{account}")
    )
    assert set(grant["role"]["permissions"]) == {
        "compute.backendServices.get",
        "compute.backendServices.update",
        "compute.globalOperations.get",
        "compute.healthChecks.useReadOnly",
        "compute.networkEndpointGroups.use",
    }


@pytest.mark.plan("SEC-2")
def test_it_reads_services_of_the_services_namespace_only(gcp_environment: Stack) -> None:
    namespace = gcp_environment.one("kubernetes_service_v1")["metadata"]["namespace"]
    (given,) = (
        argument.removeprefix("--namespaces=")
        for argument in values(gcp_environment)["gke_autoneg_controller"]["args"]
        if argument.startswith("--namespaces=")
    )
    assert gcp_environment.resolve(given) == namespace


@pytest.mark.plan("GCP-3")
def test_the_service_goes_before_the_controller_that_lets_go_of_it(gcp_environment: Stack) -> None:
    controller = gcp_environment.one("helm_release", "Endpoints")
    assert f"helm_release.{controller.name}" in gcp_environment.one("kubernetes_service_v1")["depends_on"]


@pytest.mark.plan("GCP-3")
def test_its_node_selector_is_one_that_autopilot_takes(gcp_environment: Stack) -> None:
    assert values(gcp_environment)["nodeSelector"] == {
        "iam.gke.io/gke-metadata-server-enabled": None,
        "kubernetes.io/arch": "amd64",
    }


@pytest.mark.plan("GCP-3", "GCP-10")
def test_pods_start_after_their_secrets_and_nodes_after_their_network(gcp_environment: Stack) -> None:
    secrets = gcp_environment.one("helm_release", "Service/Secrets")
    assert f"helm_release.{secrets.name}" in gcp_environment.one("kubernetes_deployment_v1")["depends_on"]
    needed = gcp_environment.one("google_container_cluster")["depends_on"]
    allowing = [rule for rule in gcp_environment.resources("google_compute_firewall") if rule.get("allow")]
    assert {f"google_compute_firewall.{rule.name}" for rule in allowing} <= set(needed)
