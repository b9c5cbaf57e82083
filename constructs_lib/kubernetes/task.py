"""Pod template of the service: image, environment variables, permissions (ARC-2, SEC-9)."""

from collections.abc import Mapping
from dataclasses import dataclass

from cdktf_cdktf_provider_kubernetes import deployment_v1 as v1
from cdktf_cdktf_provider_kubernetes.config_map_v1 import ConfigMapV1, ConfigMapV1Metadata
from cdktf_cdktf_provider_kubernetes.service_account_v1 import ServiceAccountV1, ServiceAccountV1Metadata
from constructs import Construct

from constructs_lib.container import CONTAINER, USER
from constructs_lib.kubernetes import container
from environments import ServiceSize, TimeoutPolicy

LABELS = {"app.kubernetes.io/name": CONTAINER}


@dataclass(frozen=True)
class SecretFiles:
    """CSI volume that mounts secrets as files, each named after its environment variable.

    Attributes:
        driver: driver of the Container Storage Interface.
        provider_class: object that lists the secrets.
    """

    driver: str
    provider_class: str


class Task(Construct):
    """Template of the service's pods, and their service account.

    The schema migration runs before the service in every pod: one pod migrates, the others wait, and on a current
    schema it ends at once. A release whose migration fails therefore replaces no pod.

    Args:
        namespace: namespace of the pods.
        image: image with its tag.
        size: CPU and memory.
        stop_seconds: time from SIGTERM to SIGKILL.
        timeouts: delay of SIGTERM, in which the load balancer removes the pod, and of the liveness probe.
        environment: variables that are not secret.
        secrets: volume that mounts the secrets.
        certificates: additional certificate authorities to trust, by file name.
        node_selector: labels that the nodes must have.

    Attributes:
        account: name of the pods' service account, for grants.
        template: pod template.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        namespace: str,
        image: str,
        size: ServiceSize,
        stop_seconds: int,
        timeouts: TimeoutPolicy,
        environment: Mapping[str, str],
        secrets: SecretFiles,
        certificates: Mapping[str, str],
        node_selector: Mapping[str, str],
    ) -> None:
        super().__init__(scope, construct_id)
        # The service does not use the Kubernetes API, so an intruder finds no token.
        account = ServiceAccountV1(
            self,
            "account",
            metadata=ServiceAccountV1Metadata(name=CONTAINER, namespace=namespace),
            automount_service_account_token=False,
        )
        authorities = ConfigMapV1(
            self,
            "certificates",
            metadata=ConfigMapV1Metadata(name="certificates", namespace=namespace),
            data=certificates,
        )
        self.account = account.metadata.name
        self.template = v1.DeploymentV1SpecTemplate(
            metadata=v1.DeploymentV1SpecTemplateMetadata(labels=LABELS),
            spec=v1.DeploymentV1SpecTemplateSpec(
                service_account_name=self.account,
                automount_service_account_token=False,
                enable_service_links=False,
                node_selector=node_selector,
                termination_grace_period_seconds=timeouts.drain_seconds + stop_seconds,
                security_context=v1.DeploymentV1SpecTemplateSpecSecurityContext(
                    run_as_non_root=True,
                    run_as_user=USER,
                    run_as_group=USER,
                    fs_group=USER,
                    seccomp_profile=v1.DeploymentV1SpecTemplateSpecSecurityContextSeccompProfile(type="RuntimeDefault"),
                ),
                init_container=[container.migration(image, size=size, environment=environment)],
                container=[container.service(image, size=size, environment=environment, timeouts=timeouts)],
                topology_spread_constraint=[_spread("topology.kubernetes.io/zone"), _spread("kubernetes.io/hostname")],
                volume=_volumes(secrets, authorities.metadata.name),
            ),
        )


def _spread(topology_key: str) -> v1.DeploymentV1SpecTemplateSpecTopologySpreadConstraint:
    return v1.DeploymentV1SpecTemplateSpecTopologySpreadConstraint(
        topology_key=topology_key,
        max_skew=1,
        # A zone that is down or out of capacity still counts as one without pods, so a rule that must hold would let
        # no other zone take its share (github.com/kubernetes/kubernetes/issues/106127).
        when_unsatisfiable="ScheduleAnyway",
        label_selector=[v1.DeploymentV1SpecTemplateSpecTopologySpreadConstraintLabelSelector(match_labels=LABELS)],
        # Each release is spread separately: pods of the old release do not push new ones into one zone.
        match_label_keys=["pod-template-hash"],
    )


def _volumes(secrets: SecretFiles, certificates: str) -> list[v1.DeploymentV1SpecTemplateSpecVolume]:
    return [
        v1.DeploymentV1SpecTemplateSpecVolume(
            name="tmp", empty_dir=v1.DeploymentV1SpecTemplateSpecVolumeEmptyDir(size_limit="512Mi")
        ),
        v1.DeploymentV1SpecTemplateSpecVolume(
            name="secrets",
            csi=v1.DeploymentV1SpecTemplateSpecVolumeCsi(
                driver=secrets.driver,
                read_only=True,
                volume_attributes={"secretProviderClass": secrets.provider_class},
            ),
        ),
        v1.DeploymentV1SpecTemplateSpecVolume(
            name="certificates",
            config_map=v1.DeploymentV1SpecTemplateSpecVolumeConfigMap(name=certificates),
        ),
    ]
