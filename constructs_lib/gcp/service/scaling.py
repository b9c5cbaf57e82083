"""Autoscaling of the service on GKE (SCL-1 to SCL-7, CST-1)."""

from cdktf_cdktf_provider_google.project_iam_member import ProjectIamMember
from constructs import Construct

from constructs_lib.gcp.service.cluster import Cluster
from constructs_lib.gcp.service.pods import Pods
from constructs_lib.gcp.service.service import Service
from constructs_lib.gcp.service.traffic import Traffic
from constructs_lib.kubernetes import scaling
from constructs_lib.kubernetes.keda import ACCOUNT, Keda
from constructs_lib.kubernetes.scaling import Trigger
from environments import ScalingPolicy

_AUTHENTICATION = "cloud-monitoring"
# Within a tenth of its target a metric neither adds nor removes ("Horizontal Pod Autoscaling", Kubernetes
# documentation).
_NEAR_TARGET = 0.95


class Scaling(Construct):
    """Autoscaling on CPU, memory, requests in flight and response time.

    The cluster measures CPU and memory, the load balancer the other two, which KEDA reads from Cloud Monitoring.
    Requests in flight are divided by the number of pods. The response time does not fall with that number: a slow
    database makes answers slow however many pods wait for it. So it adds a share of the pods at a time, and only while
    they are loaded.

    Args:
        policy: the targets.
        autoscaler: KEDA of the cluster.
        cluster: cluster that KEDA runs in.
        service: service to scale.
        traffic: metrics of the requests.
        pods: metrics of the pods.
        project: id of the project.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        policy: ScalingPolicy,
        autoscaler: Keda,
        cluster: Cluster,
        service: Service,
        traffic: Traffic,
        pods: Pods,
        project: str,
    ) -> None:
        super().__init__(scope, construct_id)
        may_read = ProjectIamMember(
            self,
            "metrics",
            project=project,
            role="roles/monitoring.viewer",
            member=cluster.principal(autoscaler.namespace, ACCOUNT),
        )
        scaling.Scaling(
            self,
            "Scaling",
            policy=policy,
            namespace=service.namespace,
            deployment=service.name,
            paused=service.unreleased,
            load=[
                _load(traffic.server, traffic.in_flight, policy.requests_in_flight_each, each=True),
                _load(traffic.server, _slow(policy, traffic, pods), policy.response_time_ms, each=False),
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


def _slow(policy: ScalingPolicy, traffic: Traffic, pods: Pods) -> str:
    """Return the average response time: of loaded pods up to one step above its target, of busy ones near the target.

    There is no value while the pods are idle.
    """
    cpu = pods.cpu().promql
    step = policy.response_time_ms * (100 + policy.response_time_step_percent) / 100
    adds = f"clamp_max({traffic.average}, {step:g}) and ({cpu}) >= {policy.loaded_cpu_percent:g}"
    near = policy.response_time_ms * _NEAR_TARGET
    keeps = f"clamp_max({traffic.average}, {near:g}) and ({cpu}) >= {policy.idle_cpu_percent:g}"
    return f"({adds}) or ({keeps})"


def _load(server: str, query: str, target: float, *, each: bool) -> Trigger:
    return {
        "type": "prometheus",
        # The autoscaler divides an average value by the number of pods, and a value by nothing.
        "metricType": "AverageValue" if each else "Value",
        "metadata": {"serverAddress": server, "query": query, "threshold": f"{target:g}"},
        "authenticationRef": {"name": _AUTHENTICATION},
    }
