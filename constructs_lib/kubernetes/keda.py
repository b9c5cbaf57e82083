"""KEDA, the autoscaler for external metrics (SCL-3, SCL-4)."""

from collections.abc import Mapping
from typing import Any

from cdktf import ITerraformDependable
from constructs import Construct

from constructs_lib.kubernetes.chart_release import chart_release
from constructs_lib.kubernetes.namespace import Namespace

ACCOUNT = "keda-operator"
# Parts of KEDA by their key in the chart's values, with the label ``app`` of their pods.
_PARTS = {
    "operator": "keda-operator",
    "metricServer": "keda-operator-metrics-apiserver",
    "webhooks": "keda-admission-webhooks",
}
# The chart calls the second part by two names.
_METRICS_SERVER = "metricsServer"
_REPLICAS = 2
# Autopilot raises memory below a gibibyte for each core ("Resource requests in Autopilot", GKE documentation).
_RESOURCES = {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"cpu": "1", "memory": "1000Mi"}}


class Keda(Construct):
    """KEDA from its Helm chart, for clusters without a managed KEDA.

    It works in one namespace, reads secrets of its own only, and scales Deployments and StatefulSets only. The chart
    leaves it the right to create and delete Jobs there.

    Args:
        registry: registry of its images, instead of ghcr.io.
        charts: registry of its chart.
        scaled_namespace: namespace of the scaled objects.
        node_selector: labels that the nodes must have.

    Attributes:
        namespace: namespace of the operator; its service account is ``ACCOUNT``.
        release: Helm release, which scaled objects must depend on.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        registry: str,
        charts: str,
        scaled_namespace: str,
        node_selector: Mapping[str, str],
    ) -> None:
        super().__init__(scope, construct_id)
        self.namespace = Namespace(self, "namespace", name="keda").name
        self.release: ITerraformDependable = chart_release(
            self,
            "release",
            chart="keda",
            name="keda",
            namespace=self.namespace,
            registry=charts,
            values={
                "global": {"image": {"registry": registry}},
                "image": {"pullPolicy": "IfNotPresent"},
                "nodeSelector": node_selector,
                "watchNamespace": scaled_namespace,
                "permissions": {
                    "operator": {"restrict": {"secret": True}},
                    "metricServer": {"restrict": {"secret": True}},
                },
                "rbac": {"enabledCustomScaledRefKinds": False},
                "operator": {"replicaCount": _REPLICAS},
                # The chart's 5 seconds restart it before a busy node has started it; the operator's are 25.
                _METRICS_SERVER: {"replicaCount": _REPLICAS, "livenessProbe": {"initialDelaySeconds": 25}},
                "webhooks": {"replicaCount": _REPLICAS},
                "resources": dict.fromkeys(_PARTS, _RESOURCES),
                "podDisruptionBudget": {part: {"maxUnavailable": 1} for part in _PARTS},
                "topologySpreadConstraints": {
                    _METRICS_SERVER if part == "metricServer" else part: _spread(app) for part, app in _PARTS.items()
                },
            },
        )


def _spread(app: str) -> list[dict[str, Any]]:
    return [
        {
            "topologyKey": key,
            "maxSkew": 1,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": {"app": app}},
        }
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    ]
