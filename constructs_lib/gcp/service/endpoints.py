"""Network endpoint groups: attached to the load balancer's backend by Autoneg (ARC-1)."""

import json
from collections.abc import Mapping

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_google.project_iam_custom_role import ProjectIamCustomRole
from cdktf_cdktf_provider_google.project_iam_member import ProjectIamMember
from constructs import Construct

from constructs_lib.gcp.service.cluster import NODE_SELECTOR, Cluster
from constructs_lib.kubernetes.chart_release import chart_release
from constructs_lib.kubernetes.namespace import Namespace

_IMAGE = "googlecloudplatform/gke-autoneg-controller/gke-autoneg-controller"
_IMAGE_TAG = "v2.0.1"
_ACCOUNT = "autoneg-controller-manager"
# Requests per second that count as a pod's full capacity, for balancing between zones.
_RATE = 100


def endpoint_annotations(port: int, backend: str) -> Mapping[str, str]:
    """Return the annotations of a Service whose pods stand behind a backend of the load balancer.

    Args:
        port: port of the Service.
        backend: name of the backend service.
    """
    attached = {"name": backend, "max_rate_per_endpoint": _RATE}
    return {
        "cloud.google.com/neg": json.dumps({"exposed_ports": {str(port): {}}}),
        "controller.autoneg.dev/neg": json.dumps({"backend_services": {str(port): [attached]}}),
    }


class Endpoints(Construct):
    """Autoneg, a controller that attaches GKE's network endpoint groups to Terraform's backend service.

    GKE creates a group in a zone once the zone has a node, so a plan cannot name them. It watches Services of one
    namespace; its chart permits it to change those of every namespace, and its role every backend of the project.

    Args:
        cluster: cluster that it runs in.
        registry: registry of its image, instead of ghcr.io.
        charts: registry of its chart.
        namespace: namespace whose Services it reads.
        project: id of the project.

    Attributes:
        release: Helm release. A Service that it attaches must depend on it: only a running controller lets go of it.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        cluster: Cluster,
        registry: str,
        charts: str,
        namespace: str,
        project: str,
    ) -> None:
        super().__init__(scope, construct_id)
        role = ProjectIamCustomRole(
            self,
            "role",
            role_id="attachEndpoints",
            title="Attach endpoints to backends",
            permissions=[
                "compute.backendServices.get",
                "compute.backendServices.update",
                # It waits for the end of each change.
                "compute.globalOperations.get",
                "compute.healthChecks.useReadOnly",
                "compute.networkEndpointGroups.use",
            ],
        )
        home = Namespace(self, "namespace", name="autoneg-system").name
        grant = ProjectIamMember(self, "grant", project=project, role=role.id, member=cluster.principal(home, _ACCOUNT))
        self.release: ITerraformDependable = chart_release(
            self,
            "controller",
            chart="autoneg-controller-manager",
            name=_ACCOUNT,
            namespace=home,
            registry=charts,
            values=_values(registry, namespace),
            depends_on=[grant],
        )


def _values(registry: str, namespace: str) -> dict[str, object]:
    size = {"cpu": "100m", "memory": "128Mi"}
    return {
        "createNamespace": False,
        "serviceAccount": {"name": _ACCOUNT},
        # Autopilot refuses the chart's node selector and does not need it: all nodes have the metadata server.
        "nodeSelector": {"iam.gke.io/gke-metadata-server-enabled": None, **NODE_SELECTOR},
        "podMonitoring": {"enabled": False},
        "gke_autoneg_controller": {
            "image": {"repository": f"{registry}/{_IMAGE}", "tag": _IMAGE_TAG},
            "args": [
                "--health-probe-bind-address=:8081",
                "--metrics-bind-address=:8443",
                "--zap-encoder=json",
                f"--namespaces={namespace}",
            ],
            "resources": {"limits": size, "requests": size},
        },
    }
