"""Autoscaling of the service on GKE (SCL-1 to SCL-7, CST-1)."""

from cdktf_cdktf_provider_google.project_iam_member import ProjectIamMember
from constructs import Construct

from constructs_lib.gcp.service.cluster import NODE_SELECTOR, Cluster
from constructs_lib.gcp.service.service import Service
from constructs_lib.gcp.service.traffic import Traffic
from constructs_lib.kubernetes import keda, scaling
from constructs_lib.kubernetes.scaling import Trigger
from environments import ScalingPolicy

_AUTHENTICATION = "cloud-monitoring"


class Scaling(Construct):
    """Autoscaling on CPU, memory, requests in flight and response time.

    The cluster measures CPU and memory, the load balancer the other two, which KEDA reads from Cloud Monitoring.

    Args:
        policy: the targets.
        cluster: cluster that KEDA runs in.
        service: service to scale.
        traffic: metrics of the requests.
        project: id of the project.
        registry: registry of KEDA's images, instead of ghcr.io.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        policy: ScalingPolicy,
        cluster: Cluster,
        service: Service,
        traffic: Traffic,
        project: str,
        registry: str,
    ) -> None:
        super().__init__(scope, construct_id)
        autoscaler = keda.Keda(self, "Keda", registry=registry, node_selector=NODE_SELECTOR)
        may_read = ProjectIamMember(
            self,
            "metrics",
            project=project,
            role="roles/monitoring.viewer",
            member=cluster.principal(autoscaler.namespace, keda.ACCOUNT),
        )
        scaling.Scaling(
            self,
            "Scaling",
            policy=policy,
            namespace=service.namespace,
            deployment=service.name,
            paused=service.unreleased,
            load=[
                _load(traffic.server, traffic.in_flight, policy.requests_in_flight),
                _load(traffic.server, traffic.average, policy.response_time_ms),
            ],
            objects=[
                {
                    "apiVersion": "keda.sh/v1alpha1",
                    "kind": "TriggerAuthentication",
                    "metadata": {"name": _AUTHENTICATION, "namespace": service.namespace},
                    "spec": {"podIdentity": {"provider": "gcp"}},
                }
            ],
            after=[autoscaler.release, may_read],
        )


def _load(server: str, query: str, target: int) -> Trigger:
    return {
        "type": "prometheus",
        # The metric is the total of the service, not per instance.
        "metricType": "Value",
        "metadata": {"serverAddress": server, "query": query, "threshold": str(target)},
        "authenticationRef": {"name": _AUTHENTICATION},
    }
