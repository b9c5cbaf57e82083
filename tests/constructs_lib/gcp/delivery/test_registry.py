"""Artifact Registry: immutable tags, scans, regions, the number of releases."""

import pytest

from tests.gcp.terraform import Stack

REPOSITORY = "google_artifact_registry_repository"


@pytest.mark.plan("DR-5/region", "GCP-1/recovery")
def test_images_lie_in_both_regions(gcp_shared: Stack) -> None:
    """A multi-region such as `us` holds us-central1 and us-east1."""
    repositories = gcp_shared.resources(REPOSITORY)
    assert repositories
    assert [str(each) for each in repositories if each["location"] != "us"] == []


@pytest.mark.plan("DR-5/kept")
def test_a_pushed_image_never_changes(gcp_shared: Stack) -> None:
    assert gcp_shared.one(REPOSITORY, "Registry/releases")["docker_config"] == {"immutable_tags": True}


@pytest.mark.plan("DR-5/kept", "CST-8")
def test_the_registry_keeps_releases_by_number_and_lets_others_go(gcp_shared: Stack) -> None:
    policies = {each["action"]: each for each in gcp_shared.one(REPOSITORY, "Registry/releases")["cleanup_policies"]}
    assert policies["KEEP"]["most_recent_versions"] == {"keep_count": 50}
    assert policies["DELETE"]["condition"]["tag_state"] == "ANY"


@pytest.mark.plan("SEC-5", "IMP-5")
def test_images_are_scanned_and_encrypted(gcp_shared: Stack) -> None:
    for repository in gcp_shared.resources(REPOSITORY):
        assert repository["vulnerability_scanning_config"] == {"enablement_config": "INHERITED"}, repository
        key = repository["kms_key_name"]
        assert key["key_ring"]["location"] == repository["location"]
        agent = gcp_shared.one("google_kms_crypto_key_iam_member", "Key/gcp-sa-artifactregistry")
        assert agent["crypto_key_id"] == key
        assert f"{agent.type}.{agent.name}" in repository["depends_on"]


@pytest.mark.plan("SEC-9/roles")
def test_nodes_may_pull_and_nothing_else(gcp_environment: Stack, gcp_shared: Stack) -> None:
    grants = gcp_environment.resources("google_artifact_registry_repository_iam_member")
    nodes = gcp_environment.one("google_service_account", "Cluster")
    assert {grant["role"] for grant in grants} == {"roles/artifactregistry.reader"}
    assert [str(grant) for grant in grants if grant["member"] != nodes] == []
    known = {repository["repository_id"] for repository in gcp_shared.resources(REPOSITORY)}
    # Whoever deploys reads the charts, not the nodes.
    assert {grant["repository"] for grant in grants} == known - {"charts"}


def test_the_releases_survive_a_destroy(gcp_shared: Stack) -> None:
    assert gcp_shared.one(REPOSITORY, "Registry/releases").protected
