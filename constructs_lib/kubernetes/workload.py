"""Deployment and Service ``funkygibbon`` (ARC-2)."""

from collections.abc import Mapping

from cdktf import TerraformResourceLifecycle
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

from constructs_lib.kubernetes.container import CONTAINER, PORT
from constructs_lib.kubernetes.task import LABELS, Task

# For how long a release may make no progress: a node that has to be bought first takes minutes.
PROGRESS_SECONDS = 600


class Workload(Construct):
    """The Deployment ``funkygibbon``, and the Service that finds its pods.

    Its name is fixed, because operators type it when they roll back by hand (RBK-3).

    Terraform says what a pod is like, and not what runs: the image belongs to the release and the number of pods to
    the autoscaler. Of both it writes the first value only, so that an infrastructure deploy keeps what is there.

    Args:
        namespace: that they are in.
        task: what each pod is.
        instances: how many pods at first; 0 as long as nothing is released.
        annotations: of the Service, by which the cloud's load balancer finds it.

    Attributes:
        deployment: for scaling.
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
            # A release that does not start is the release's failure, not the infrastructure's.
            wait_for_rollout=False,
            lifecycle=TerraformResourceLifecycle(
                ignore_changes=[
                    "spec[0].replicas",
                    "spec[0].template[0].spec[0].container[0].image",
                    "spec[0].template[0].spec[0].init_container[0].image",
                    # Autopilot adds one for each of its node selectors, and would be undone by every deploy.
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
        )
