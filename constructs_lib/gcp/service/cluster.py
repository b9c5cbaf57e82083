"""GKE cluster that runs the containers (GCP-3, SEC-1, SEC-5, SEC-9)."""

from collections.abc import Sequence
from typing import TypedDict

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_google import container_cluster as gke
from cdktf_cdktf_provider_google.data_google_project import DataGoogleProject
from cdktf_cdktf_provider_google.project_iam_member import ProjectIamMember
from cdktf_cdktf_provider_google.service_account import ServiceAccount
from cdktf_cdktf_provider_helm.provider import HelmProvider, HelmProviderKubernetes, HelmProviderKubernetesExec
from cdktf_cdktf_provider_kubernetes.provider import KubernetesProvider, KubernetesProviderExec
from constructs import Construct

from constructs_lib import naming
from constructs_lib.gcp.base.keys import Key
from constructs_lib.gcp.network.connections import Connections
from constructs_lib.gcp.network.network import PODS, SERVICES, RegionNetwork
from constructs_lib.gcp.service.admission import Admission
from constructs_lib.naming import PROJECT


class _Tokens(TypedDict):
    """Arguments that both providers share."""

    api_version: str
    command: str
    args: Sequence[str]


# Autopilot's general-purpose machines are x86 ("Compute classes in Autopilot clusters", GKE documentation).
NODE_SELECTOR = {"kubernetes.io/arch": "amd64"}
SPOT_SELECTOR = {"cloud.google.com/gke-spot": "true"}
# Longest grace period of a pod on a spot node that is taken back ("Spot Pods", GKE documentation).
SPOT_SECONDS = 25
# Google patches in these four hours, after the daily backup has been taken.
_MAINTENANCE_UTC = "05:00"
# Program that gives the deploying person's or pipeline's token, a new one when the last has expired: an approval and a
# new database may take longer than the hour that one is valid ("Exec plugins", documentation of the kubernetes
# provider).
_TOKENS: _Tokens = {
    "api_version": "client.authentication.k8s.io/v1beta1",
    "command": "gke-gcloud-auth-plugin",
    "args": ["--use_application_default_credentials"],
}
_MEASURED = ("SYSTEM_COMPONENTS", "STORAGE", "POD", "DEPLOYMENT", "HPA", "CADVISOR", "KUBELET")
# Annotations that the cluster's controllers and the automatic rollback write on objects of Terraform.
_FOREIGN_ANNOTATIONS = [
    r"^cloud\.google\.com/neg-status$",
    r"^controller\.autoneg\.dev/neg-status$",
    r"^autopilot\.gke\.io/.*",
    r"^goodies/(restored|undone)$",
]


class Cluster(Construct):
    """Private Autopilot cluster, hardened as "Harden your cluster's security" (GKE documentation) says.

    Its nodes have no public address and its control plane has no IP endpoint: it answers at a DNS name, to identities
    of Google Cloud with the permission to connect. Only images of the project's own registry run in it.

    The ``kubernetes`` and ``helm`` providers of the stack use it. A plan works before the cluster exists, because
    Terraform knows the types of its objects.

    Args:
        name: name of the cluster.
        region: region of its nodes and pods.
        connections: firewall rules of the network.
        service_port: port that load balancers call.
        data_ports: ports of database and cache.
        registry: registry whose images may run, without a repository.
        deletion_protection: whether Terraform refuses to delete it.
        key: encryption key of its secrets and its nodes' disks.
        project: project of the cluster.

    Attributes:
        cluster: GKE cluster, for metrics and one-off runs.
        nodes: service account of the nodes, for grants.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        region: RegionNetwork,
        connections: Connections,
        service_port: int,
        data_ports: Sequence[int],
        registry: str,
        deletion_protection: bool,
        key: Key,
        project: DataGoogleProject,
    ) -> None:
        super().__init__(scope, construct_id)
        self._project = project
        self.nodes = ServiceAccount(
            self, "nodes", account_id=naming.service_account("nodes"), display_name="Nodes of the cluster"
        )
        grant = ProjectIamMember(
            self,
            "node",
            project=project.project_id,
            role="roles/container.defaultNodeServiceAccount",
            member=self.nodes.member,
        )
        connections.admit_cluster(region, account=self.nodes.email, service_port=service_port, data_ports=data_ports)
        self.cluster = gke.ContainerCluster(
            self,
            "cluster",
            name=name,
            location=region.name,
            enable_autopilot=True,
            deletion_protection=deletion_protection,
            network=region.subnetwork.network,
            subnetwork=region.subnetwork.id,
            ip_allocation_policy=gke.ContainerClusterIpAllocationPolicy(
                cluster_secondary_range_name=PODS, services_secondary_range_name=SERVICES
            ),
            private_cluster_config=gke.ContainerClusterPrivateClusterConfig(
                enable_private_nodes=True, enable_private_endpoint=True
            ),
            control_plane_endpoints_config=gke.ContainerClusterControlPlaneEndpointsConfig(
                dns_endpoint_config=gke.ContainerClusterControlPlaneEndpointsConfigDnsEndpointConfig(
                    allow_external_traffic=True
                ),
                ip_endpoints_config=gke.ContainerClusterControlPlaneEndpointsConfigIpEndpointsConfig(enabled=False),
            ),
            workload_identity_config=gke.ContainerClusterWorkloadIdentityConfig(
                workload_pool=f"{project.project_id}.svc.id.goog"
            ),
            secret_manager_config=gke.ContainerClusterSecretManagerConfig(enabled=True),
            database_encryption=gke.ContainerClusterDatabaseEncryption(state="ENCRYPTED", key_name=key.key.id),
            binary_authorization=gke.ContainerClusterBinaryAuthorization(
                evaluation_mode="PROJECT_SINGLETON_POLICY_ENFORCE"
            ),
            anonymous_authentication_config=gke.ContainerClusterAnonymousAuthenticationConfig(mode="LIMITED"),
            rbac_binding_config=gke.ContainerClusterRbacBindingConfig(
                enable_insecure_binding_system_authenticated=False,
                enable_insecure_binding_system_unauthenticated=False,
            ),
            cluster_autoscaling=gke.ContainerClusterClusterAutoscaling(
                auto_provisioning_defaults=gke.ContainerClusterClusterAutoscalingAutoProvisioningDefaults(
                    service_account=self.nodes.email,
                    oauth_scopes=["https://www.googleapis.com/auth/cloud-platform"],
                    boot_disk_kms_key=key.key.id,
                )
            ),
            node_pool_auto_config=gke.ContainerClusterNodePoolAutoConfig(
                node_kubelet_config=gke.ContainerClusterNodePoolAutoConfigNodeKubeletConfig(
                    insecure_kubelet_readonly_port_enabled="FALSE"
                )
            ),
            release_channel=gke.ContainerClusterReleaseChannel(channel="REGULAR"),
            maintenance_policy=gke.ContainerClusterMaintenancePolicy(
                daily_maintenance_window=gke.ContainerClusterMaintenancePolicyDailyMaintenanceWindow(
                    start_time=_MAINTENANCE_UTC
                )
            ),
            security_posture_config=gke.ContainerClusterSecurityPostureConfig(mode="BASIC"),
            # Numbers of existing and desired pods, for the alarms.
            monitoring_config=gke.ContainerClusterMonitoringConfig(
                enable_components=list(_MEASURED),
                managed_prometheus=gke.ContainerClusterMonitoringConfigManagedPrometheus(enabled=True),
            ),
            cost_management_config=gke.ContainerClusterCostManagementConfig(enabled=True),
            # GKE answers ALL_OBJECTS_ENCRYPTION_ENABLED, which would show as a change in every plan.
            lifecycle=TerraformResourceLifecycle(ignore_changes=["database_encryption[0].state"]),
            depends_on=[
                key.grant_service_agent("container-engine-robot"),
                key.grant_service_agent("compute-system"),
                grant,
                # Nodes without network access never become ready.
                *connections.rules,
            ],
        )
        Admission(self, "Admission", registry=registry)
        self._connect()

    def principal(self, namespace: str, account: str) -> str:
        """Return the IAM principal of a Kubernetes service account, without a key or a Google service account.

        Source: "Authenticate to Google Cloud APIs from GKE workloads", GKE documentation.
        """
        # The first cluster creates the workload identity pool, so a grant depends on it.
        pool = self.cluster.workload_identity_config.workload_pool
        return (
            f"principal://iam.googleapis.com/projects/{self._project.number}/locations/global"
            f"/workloadIdentityPools/{pool}/subject/ns/{namespace}/sa/{account}"
        )

    def _connect(self) -> None:
        endpoint = self.cluster.control_plane_endpoints_config.dns_endpoint_config.endpoint
        host = f"https://{endpoint}"
        KubernetesProvider(
            self,
            PROJECT,
            host=host,
            exec=[KubernetesProviderExec(**_TOKENS)],
            ignore_annotations=_FOREIGN_ANNOTATIONS,
        )
        HelmProvider(
            self,
            f"{PROJECT}-charts",
            kubernetes=HelmProviderKubernetes(host=host, exec=HelmProviderKubernetesExec(**_TOKENS)),
        )
