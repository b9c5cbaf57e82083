"""GKE Autopilot cluster: private nodes, encryption, workload identity, Binary Authorization."""

import pytest

from assembly.values import Json
from tests.gcp.terraform import Stack


def cluster(stack: Stack) -> Json:
    return stack.one("google_container_cluster")


@pytest.mark.plan("GCP-3")
def test_gke_runs_the_containers(gcp_environment: Stack) -> None:
    assert cluster(gcp_environment)["enable_autopilot"] is True
    assert cluster(gcp_environment)["location"] == "us-central1"
    (provider,) = gcp_environment.content["provider"]["kubernetes"]
    assert f"google_container_cluster.{cluster(gcp_environment).name}." in provider["host"]


@pytest.mark.plan("SEC-1/compute", "GCP-3")
def test_nothing_of_the_cluster_has_a_public_address(gcp_environment: Stack) -> None:
    assert cluster(gcp_environment)["private_cluster_config"] == {
        "enable_private_nodes": True,
        "enable_private_endpoint": True,
    }
    endpoints = cluster(gcp_environment)["control_plane_endpoints_config"]
    assert endpoints["ip_endpoints_config"] == {"enabled": False}
    (provider,) = gcp_environment.content["provider"]["kubernetes"]
    assert provider["host"].endswith("dns_endpoint_config[0].endpoint}")


@pytest.mark.plan("SEC-5")
def test_what_the_cluster_stores_is_encrypted_with_the_environments_key(gcp_environment: Stack) -> None:
    key = gcp_environment.one("google_kms_crypto_key", "Key")
    defaults = cluster(gcp_environment)["cluster_autoscaling"]["auto_provisioning_defaults"]
    assert cluster(gcp_environment)["database_encryption"] == {"state": "ENCRYPTED", "key_name": key}
    assert defaults["boot_disk_kms_key"] == key


@pytest.mark.plan("SEC-9/roles")
def test_nodes_have_an_identity_of_their_own_that_may_little(gcp_environment: Stack) -> None:
    nodes = gcp_environment.one("google_service_account", "Cluster")
    defaults = cluster(gcp_environment)["cluster_autoscaling"]["auto_provisioning_defaults"]
    grants = gcp_environment.resources("google_project_iam_member", member=nodes)
    assert defaults["service_account"] == nodes
    assert [grant["role"] for grant in grants] == ["roles/container.defaultNodeServiceAccount"]


@pytest.mark.plan("SEC-9/roles", "SEC-9/keyless")
def test_pods_have_identities_without_keys(gcp_environment: Stack) -> None:
    assert cluster(gcp_environment)["workload_identity_config"]["workload_pool"].endswith(".svc.id.goog")
    assert gcp_environment.resources("google_service_account_key") == []
    assert gcp_environment.resources("google_storage_hmac_key") == []


@pytest.mark.plan("SEC-2")
@pytest.mark.parametrize(
    ("setting", "hardened"),
    [
        ("anonymous_authentication_config", {"mode": "LIMITED"}),
        ("binary_authorization", {"evaluation_mode": "PROJECT_SINGLETON_POLICY_ENFORCE"}),
        ("secret_manager_config", {"enabled": True}),
        ("security_posture_config", {"mode": "BASIC"}),
        ("release_channel", {"channel": "REGULAR"}),
        (
            "rbac_binding_config",
            {
                "enable_insecure_binding_system_authenticated": False,
                "enable_insecure_binding_system_unauthenticated": False,
            },
        ),
        (
            "node_pool_auto_config",
            {"node_kubelet_config": {"insecure_kubelet_readonly_port_enabled": "FALSE"}},
        ),
    ],
)
def test_the_cluster_is_hardened(gcp_environment: Stack, setting: str, hardened: Json) -> None:
    assert cluster(gcp_environment)[setting] == hardened


@pytest.mark.plan("SEC-2")
def test_only_images_of_the_own_registry_run(gcp_environment: Stack) -> None:
    policy = gcp_environment.one("google_binary_authorization_policy")
    assert policy["default_admission_rule"]["evaluation_mode"] == "ALWAYS_DENY"
    (allowed,) = (pattern["name_pattern"] for pattern in policy["admission_whitelist_patterns"])
    deployment = gcp_environment.one("kubernetes_deployment_v1")["spec"]["template"]["spec"]
    for container in deployment["container"] + deployment["init_container"]:
        assert container["image"].startswith(allowed.removesuffix("**"))
    for release in gcp_environment.resources("helm_release"):
        if not release["chart"].startswith("assets/"):
            assert allowed.removesuffix("**") in release["values"][0], release


@pytest.mark.plan("GCP-3")
def test_google_patches_the_cluster_at_night(gcp_environment: Stack) -> None:
    window = cluster(gcp_environment)["maintenance_policy"]["daily_maintenance_window"]
    assert "04:00" <= window["start_time"] <= "08:00"


@pytest.mark.plan("GCP-3")
def test_no_plan_needs_a_living_cluster(gcp_environment: Stack) -> None:
    """These ask the cluster what it knows while Terraform plans."""
    assert gcp_environment.resources("kubernetes_manifest") == []
    assert not [kind for kind in gcp_environment.content["data"] if kind.startswith(("kubernetes_", "helm_"))]


@pytest.mark.plan("GCP-3")
def test_charts_are_pinned(gcp_environment: Stack) -> None:
    bought = [release for release in gcp_environment.resources("helm_release") if release.get("repository")]
    assert {release["chart"]: release["version"] for release in bought} == {
        "keda": "2.20.2",
        "autoneg-controller-manager": "1.0.3",
    }
    assert ":latest" not in str(gcp_environment.content)
