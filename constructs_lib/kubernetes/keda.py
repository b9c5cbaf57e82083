"""KEDA, the autoscaler for external metrics (SCL-3, SCL-4)."""

import json

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_helm.release import Release
from constructs import Construct

from constructs_lib.kubernetes.namespace import Namespace

ACCOUNT = "keda-operator"
# The chart's version is KEDA's. It supports the Kubernetes versions of a year; see its releases before raising it.
VERSION = "2.20.2"


class Keda(Construct):
    """KEDA from its Helm chart, for clusters without a managed KEDA.

    Args:
        registry: registry of its images, instead of ghcr.io.
        node_selector: labels that the nodes must have.

    Attributes:
        namespace: namespace of the operator; its service account is ``ACCOUNT``.
        release: Helm release, which scaled objects must depend on.
    """

    def __init__(self, scope: Construct, construct_id: str, *, registry: str, node_selector: dict[str, str]) -> None:
        super().__init__(scope, construct_id)
        self.namespace = Namespace(self, "namespace", name="keda").name
        self.release: ITerraformDependable = Release(
            self,
            "release",
            name="keda",
            namespace=self.namespace,
            repository="https://kedacore.github.io/charts",
            chart="keda",
            version=VERSION,
            values=[
                json.dumps(
                    {
                        "global": {"image": {"registry": registry}},
                        "image": {"pullPolicy": "IfNotPresent"},
                        "nodeSelector": node_selector,
                        "operator": {"replicaCount": 2},
                        "metricsServer": {"replicaCount": 2},
                        "webhooks": {"replicaCount": 2},
                    },
                    indent=1,
                )
            ],
        )
