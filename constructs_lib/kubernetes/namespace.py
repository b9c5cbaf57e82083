"""Namespace with a Pod Security Standard (SEC-2)."""

from cdktf_cdktf_provider_kubernetes.namespace_v1 import NamespaceV1, NamespaceV1Metadata
from constructs import Construct


class Namespace(Construct):
    """Namespace that refuses privileged pods ("Pod Security Standards", Kubernetes documentation).

    Args:
        name: name of the namespace.

    Attributes:
        name: name as a token, so that objects that use it depend on the namespace.
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str) -> None:
        super().__init__(scope, construct_id)
        namespace = NamespaceV1(
            self,
            "namespace",
            metadata=NamespaceV1Metadata(
                name=name,
                labels={
                    "pod-security.kubernetes.io/enforce": "restricted",
                    "pod-security.kubernetes.io/warn": "restricted",
                },
            ),
        )
        self.name = namespace.metadata.name
