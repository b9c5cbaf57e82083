"""Releases of Helm charts: their source, their time to start, what becomes of one that fails, and KEDA's rights."""

import json
import re

import pytest
import yaml

from assembly.values import Json
from tests.gcp.terraform import Stack
from tests.synthesis import CHECKOUT

PINS = {
    row["name"]: row for row in yaml.safe_load((CHECKOUT / "constructs_lib/kubernetes/charts.yaml").read_text("utf-8"))
}


def third_parties(stack: Stack) -> list[Json]:
    return [release for release in stack.resources("helm_release") if not release["chart"].startswith("assets/")]


@pytest.mark.plan("SEC-9/roles")
def test_charts_of_third_parties_come_from_the_shared_registry_by_digest(
    gcp_environment: Stack, gcp_shared: Stack
) -> None:
    repository = gcp_shared.one("google_artifact_registry_repository", "Registry/charts")
    assert repository["docker_config"] == {"immutable_tags": True}
    assert {release["chart"] for release in third_parties(gcp_environment)} == set(PINS)
    for release in third_parties(gcp_environment):
        pin = PINS[release["chart"]]
        found = re.fullmatch(r"oci://([a-z]+)-docker\.pkg\.dev/[^/]+/([^/]+)/sha256-(\w+)", release["repository"])
        assert found, release
        assert found.groups() == (repository["location"], repository["repository_id"], pin["sha256"])
        assert release["version"] == pin["version"]
        assert re.fullmatch(r"[0-9a-f]{64}", pin["sha256"])


@pytest.mark.plan("GCP-3")
def test_a_release_waits_for_the_first_nodes_and_leaves_nothing_half_done(gcp_environment: Stack) -> None:
    for release in gcp_environment.resources("helm_release"):
        assert release["timeout"] >= 900, release
        assert (release["atomic"], release["cleanup_on_fail"]) == (True, True), release
    for release in third_parties(gcp_environment):
        assert release["upgrade_install"] is True, release


@pytest.mark.plan("SEC-9/roles")
def test_keda_works_in_the_services_namespace_and_reads_no_secret_of_it(gcp_environment: Stack) -> None:
    values = json.loads(gcp_environment.one("helm_release", chart="keda")["values"][0])
    deployment = gcp_environment.one("kubernetes_deployment_v1")
    assert gcp_environment.resolve(values["watchNamespace"]) == deployment["metadata"]["namespace"]
    assert values["permissions"] == {
        "operator": {"restrict": {"secret": True}},
        "metricServer": {"restrict": {"secret": True}},
    }
    assert values["rbac"] == {"enabledCustomScaledRefKinds": False}


@pytest.mark.plan("GCP-3")
def test_a_deploy_takes_a_new_token_when_one_has_expired(gcp_environment: Stack) -> None:
    (kubernetes,) = gcp_environment.content["provider"]["kubernetes"]
    (helm,) = gcp_environment.content["provider"]["helm"]
    for given in (kubernetes["exec"][0], helm["kubernetes"]["exec"]):
        assert given["command"] == "gke-gcloud-auth-plugin"
        assert given["args"] == ["--use_application_default_credentials"]
    assert "token" not in kubernetes
    assert "token" not in helm["kubernetes"]
