"""Registry of container images and charts: the releases, a proxy of GitHub's, charts of third parties (DR-5, SEC-9)."""

from collections.abc import Sequence
from typing import TypedDict

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_google import artifact_registry_repository as registry
from cdktf_cdktf_provider_google.artifact_registry_repository_iam_member import ArtifactRegistryRepositoryIamMember
from constructs import Construct

from constructs_lib.gcp.base.keys import Key
from constructs_lib.naming import CHARTS, GHCR, PROJECT
from environments import ImagePolicy

_SERVICE_AGENT = "gcp-sa-artifactregistry"
# Retention of an image that is none of the releases to keep: long enough for a deployment that waits for its approval.
_SPARED = f"{7 * 24 * 60 * 60}s"


class _Common(TypedDict):
    """Arguments that the repositories share."""

    location: str
    format: str
    kms_key_name: str
    vulnerability_scanning_config: registry.ArtifactRegistryRepositoryVulnerabilityScanningConfig
    depends_on: Sequence[ITerraformDependable]


class Registry(Construct):
    """Artifact Registry repositories of the releases' images, in both regions, with immutable tags.

    A second repository is a proxy of GitHub's registry, so that nodes without the internet can pull from it and images
    in use stay available. A third holds the Helm charts of third parties, so that neither a plan nor a deploy needs
    their pages. Images of the first two are scanned when they arrive, and again whenever a vulnerability becomes known
    ("Container scanning overview", Artifact Analysis documentation).

    Args:
        policy: number of releases to keep.
        location: multi-region of the repositories, such as ``us``.
        key: encryption key, in the same location.
    """

    def __init__(self, scope: Construct, construct_id: str, *, policy: ImagePolicy, location: str, key: Key) -> None:
        super().__init__(scope, construct_id)
        common: _Common = {
            "location": location,
            "format": "DOCKER",
            "kms_key_name": key.key.id,
            "vulnerability_scanning_config": registry.ArtifactRegistryRepositoryVulnerabilityScanningConfig(
                enablement_config="INHERITED"
            ),
            "depends_on": [key.grant_service_agent(_SERVICE_AGENT)],
        }
        registry.ArtifactRegistryRepository(
            self,
            "releases",
            repository_id=PROJECT,
            description="Releases",
            docker_config=registry.ArtifactRegistryRepositoryDockerConfig(immutable_tags=True),
            # A tagged image cannot be deleted while tags are immutable, so the policy deletes untagged ones ("Configure
            # cleanup policies", Artifact Registry documentation).
            cleanup_policies=[
                registry.ArtifactRegistryRepositoryCleanupPolicies(
                    id="older-go",
                    action="DELETE",
                    condition=registry.ArtifactRegistryRepositoryCleanupPoliciesCondition(
                        tag_state="ANY", older_than=_SPARED
                    ),
                ),
                registry.ArtifactRegistryRepositoryCleanupPolicies(
                    id="latest-stay",
                    action="KEEP",
                    most_recent_versions=registry.ArtifactRegistryRepositoryCleanupPoliciesMostRecentVersions(
                        keep_count=policy.keep_releases
                    ),
                ),
            ],
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
            **common,
        )
        registry.ArtifactRegistryRepository(
            self,
            "charts",
            repository_id=CHARTS,
            description="Helm charts of third parties",
            docker_config=registry.ArtifactRegistryRepositoryDockerConfig(immutable_tags=True),
            # Without it neither an environment's plan nor its deploy goes on.
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
            **common,
        )
        registry.ArtifactRegistryRepository(
            self,
            "third_parties",
            repository_id=GHCR,
            description="Cache of GitHub's container registry",
            mode="REMOTE_REPOSITORY",
            remote_repository_config=registry.ArtifactRegistryRepositoryRemoteRepositoryConfig(
                docker_repository=registry.ArtifactRegistryRepositoryRemoteRepositoryConfigDockerRepository(
                    custom_repository=registry.ArtifactRegistryRepositoryRemoteRepositoryConfigDockerRepositoryCustomRepository(
                        uri="https://ghcr.io"
                    )
                )
            ),
            **common,
        )


class PullAccess(Construct):
    """Grant that lets an environment's nodes pull from the registry of another project.

    Args:
        project: id of the registry's project.
        location: location of the registry.
        member: service account of the nodes, in IAM's notation.
    """

    def __init__(self, scope: Construct, construct_id: str, *, project: str, location: str, member: str) -> None:
        super().__init__(scope, construct_id)
        for name in (PROJECT, GHCR):
            ArtifactRegistryRepositoryIamMember(
                self,
                name,
                project=project,
                location=location,
                repository=name,
                role="roles/artifactregistry.reader",
                member=member,
            )
