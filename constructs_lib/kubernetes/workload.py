"""Deployment and Service ``funkygibbon`` (ARC-2)."""

from collections.abc import Mapping, Sequence

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_kubernetes import deployment_v1 as v1
from cdktf_cdktf_provider_kubernetes.pod_disruption_budget_v1 import (
    PodDisruptionBudgetV1,
    PodDisruptionBudgetV1Metadata,
    PodDisruptionBudgetV1Spec,
    PodDisruptionBudgetV1SpecSelector,
)
from cdktf_cdktf_provider_kubernetes.service_v1 import (
    ServiceV1,
    ServiceV1Metadata,
    ServiceV1Spec,
    ServiceV1SpecPort,
)
from constructs import Construct

from constructs_lib.container import CONTAINER, PORT
from constructs_lib.kubernetes.task import LABELS, Task

# Longest time without progress of a release: a new node takes minutes.
PROGRESS_SECONDS = 600


class Workload(Construct):
    """Deployment ``funkygibbon`` and its Service.

    Its name is fixed, because operators type it when they roll back by hand (RBK-3).

    Terraform manages the pod template without the image, which releases own, and the autoscaler owns the number of
    pods. Terraform writes only the first value of both, so that an infrastructure deploy keeps the current ones.

    Args:
        namespace: namespace of both.
        task: template of the pods.
        instances: initial number of pods; 0 without a release.
        annotations: annotations of the Service, for the cloud's load balancer.
        after: resources that the pods mount, and controllers of the Service: installed before both, removed after them.

    Attributes:
        deployment: Deployment, for scaling.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        namespace: str,
        task: Task,
        instances: str,
        annotations: Mapping[str, str],
        after: Sequence[ITerraformDependable],
    ) -> None:
        super().__init__(scope, construct_id)
        self.deployment = v1.DeploymentV1(
            self,
            "deployment",
            metadata=v1.DeploymentV1Metadata(name=CONTAINER, namespace=namespace, labels=LABELS),
            spec=v1.DeploymentV1Spec(
                replicas=instances,
                selector=v1.DeploymentV1SpecSelector(match_labels=LABELS),
                strategy=v1.DeploymentV1SpecStrategy(
                    type="RollingUpdate",
                    rolling_update=v1.DeploymentV1SpecStrategyRollingUpdate(max_unavailable="0", max_surge="100%"),
                ),
                progress_deadline_seconds=PROGRESS_SECONDS,
                revision_history_limit=10,
                template=task.template,
            ),
            # A release that does not start must not fail the infrastructure deploy.
            wait_for_rollout=False,
            depends_on=list(after),
            lifecycle=TerraformResourceLifecycle(
                ignore_changes=[
                    "spec[0].replicas",
                    "spec[0].template[0].spec[0].container[0].image",
                    "spec[0].template[0].spec[0].init_container[0].image",
                    # Autopilot adds a toleration for each node selector, which every deploy would remove.
                    "spec[0].template[0].spec[0].toleration",
                ]
            ),
        )
        PodDisruptionBudgetV1(
            self,
            "budget",
            metadata=PodDisruptionBudgetV1Metadata(name=CONTAINER, namespace=namespace),
            spec=PodDisruptionBudgetV1Spec(
                max_unavailable="1", selector=PodDisruptionBudgetV1SpecSelector(match_labels=LABELS)
            ),
        )
        ServiceV1(
            self,
            "service",
            metadata=ServiceV1Metadata(name=CONTAINER, namespace=namespace, annotations=annotations),
            spec=ServiceV1Spec(
                type="ClusterIP",
                selector=LABELS,
                port=[ServiceV1SpecPort(name="http", port=PORT, target_port="http", protocol="TCP")],
            ),
            wait_for_load_balancer=False,
            depends_on=list(after),
        )
