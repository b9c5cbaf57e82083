"""Network policies: the callers and the destinations of the service (SEC-2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdktf_cdktf_provider_kubernetes.network_policy_v1 import (
    NetworkPolicyV1,
    NetworkPolicyV1Metadata,
    NetworkPolicyV1Spec,
    NetworkPolicyV1SpecEgress,
    NetworkPolicyV1SpecEgressPorts,
    NetworkPolicyV1SpecEgressTo,
    NetworkPolicyV1SpecEgressToIpBlock,
    NetworkPolicyV1SpecIngress,
    NetworkPolicyV1SpecIngressFrom,
    NetworkPolicyV1SpecIngressFromIpBlock,
    NetworkPolicyV1SpecIngressPorts,
    NetworkPolicyV1SpecPodSelector,
)
from constructs import Construct


@dataclass(frozen=True)
class Destination:
    """A destination outside the cluster that the service calls.

    Attributes:
        address: IPv4 address.
        port: TCP port.
    """

    address: str
    port: int


class NetworkPolicies(Construct):
    """Deny all traffic in the namespace except from the callers to the service, and from the service to destinations.

    DNS is not allowed either: the service connects to addresses, so an intruder cannot look names up.

    Args:
        namespace: namespace to close.
        labels: labels of the service's pods.
        port: port that they listen on.
        callers: address ranges of the load balancer.
        destinations: destinations that the service calls, by name of the policy.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        namespace: str,
        labels: Mapping[str, str],
        port: int,
        callers: Sequence[str],
        destinations: Mapping[str, Destination],
    ) -> None:
        super().__init__(scope, construct_id)
        NetworkPolicyV1(
            self,
            "nobody",
            metadata=NetworkPolicyV1Metadata(name="nobody", namespace=namespace),
            spec=NetworkPolicyV1Spec(pod_selector=NetworkPolicyV1SpecPodSelector(), policy_types=["Ingress", "Egress"]),
        )
        service = NetworkPolicyV1SpecPodSelector(match_labels=labels)
        NetworkPolicyV1(
            self,
            "callers",
            metadata=NetworkPolicyV1Metadata(name="callers", namespace=namespace),
            spec=NetworkPolicyV1Spec(
                pod_selector=service,
                policy_types=["Ingress"],
                ingress=[
                    NetworkPolicyV1SpecIngress(
                        from_=[
                            NetworkPolicyV1SpecIngressFrom(ip_block=NetworkPolicyV1SpecIngressFromIpBlock(cidr=cidr))
                            for cidr in callers
                        ],
                        ports=[NetworkPolicyV1SpecIngressPorts(port=str(port), protocol="TCP")],
                    )
                ],
            ),
        )
        for name, destination in destinations.items():
            NetworkPolicyV1(
                self,
                name,
                metadata=NetworkPolicyV1Metadata(name=name, namespace=namespace),
                spec=NetworkPolicyV1Spec(
                    pod_selector=service,
                    policy_types=["Egress"],
                    egress=[
                        NetworkPolicyV1SpecEgress(
                            to=[
                                NetworkPolicyV1SpecEgressTo(
                                    ip_block=NetworkPolicyV1SpecEgressToIpBlock(cidr=f"{destination.address}/32")
                                )
                            ],
                            ports=[NetworkPolicyV1SpecEgressPorts(port=str(destination.port), protocol="TCP")],
                        )
                    ],
                ),
            )
