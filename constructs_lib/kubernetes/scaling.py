"""Autoscaling of the service by CPU, memory, requests in flight and response time (SCL-1 to SCL-7, CST-1)."""

from collections.abc import Mapping, Sequence
from typing import Any

from cdktf import ITerraformDependable
from constructs import Construct

from constructs_lib.kubernetes.objects import Object, Objects
from environments import ScalingPolicy

Trigger = Mapping[str, Any]


class Scaling(Construct):
    """Autoscaling on CPU, memory, requests in flight and response time.

    KEDA creates a HorizontalPodAutoscaler, which computes for each metric the number of instances that reaches its
    target and takes the largest: twice the target, twice the instances. It scales in only when all metrics allow it
    throughout the pause between two removals.

    When a metric cannot be read, the autoscaler scales out by the others and does not scale in.

    Source: "Horizontal Pod Autoscaling", Kubernetes documentation.

    Args:
        policy: targets, and bounds of the number of instances.
        namespace: namespace of the Deployment.
        deployment: name of the Deployment that is scaled.
        paused: ``true`` without a release.
        load: triggers for requests in flight and response time, which the cloud's load balancer measures.
        objects: objects that those triggers refer to.
        after: resources that install KEDA.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        policy: ScalingPolicy,
        namespace: str,
        deployment: str,
        paused: str,
        load: Sequence[Trigger],
        objects: Sequence[Object],
        after: Sequence[ITerraformDependable],
    ) -> None:
        super().__init__(scope, construct_id)
        scaled = {
            "apiVersion": "keda.sh/v1alpha1",
            "kind": "ScaledObject",
            "metadata": {
                "name": deployment,
                "namespace": namespace,
                "annotations": {"autoscaling.keda.sh/paused": paused},
            },
            "spec": {
                "scaleTargetRef": {"name": deployment},
                "minReplicaCount": policy.min_instances,
                "maxReplicaCount": policy.max_instances,
                "advanced": {"horizontalPodAutoscalerConfig": {"behavior": _behavior(policy)}},
                "triggers": [
                    _utilization("cpu", policy.cpu_percent),
                    _utilization("memory", policy.memory_percent),
                    *load,
                ],
            },
        }
        Objects(
            self,
            "objects",
            name=f"{deployment}-scaling",
            namespace=namespace,
            objects=[*objects, scaled],
            after=after,
        )


def _utilization(of: str, percent: int) -> Trigger:
    return {"type": of, "metricType": "Utilization", "metadata": {"value": str(percent)}}


def _behavior(policy: ScalingPolicy) -> Mapping[str, Any]:
    return {
        # At most double, while the added instances are still starting.
        "scaleUp": {
            "stabilizationWindowSeconds": 0,
            "policies": [{"type": "Percent", "value": 100, "periodSeconds": policy.out_cooldown_seconds}],
        },
        # At most half of the instances between two removals.
        "scaleDown": {
            "stabilizationWindowSeconds": policy.in_cooldown_seconds,
            "policies": [{"type": "Percent", "value": 50, "periodSeconds": policy.in_cooldown_seconds}],
        },
    }
