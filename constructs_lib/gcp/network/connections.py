"""Firewall rules of the network (SEC-2)."""

from collections.abc import Sequence

from cdktf_cdktf_provider_google import compute_firewall as firewall
from constructs import Construct

from constructs_lib.gcp.network.network import GOOGLE_APIS, LOAD_BALANCERS, Network, RegionNetwork
from constructs_lib.naming import PROJECT

HTTPS = 443
_EVERYWHERE = "0.0.0.0/0"
# Just before the implied rules of every network, which allow all egress and log nothing.
_LAST = 65534
_ALL_PORTS = ("tcp", "udp", "icmp")


class Connections(Construct):
    """Firewall rules of the network: traffic without a rule is denied, in both directions, and logged.

    ``allow_to`` and ``allow_from`` allow egress and ingress of nodes that run as a service account, in any region.

    Attributes:
        rules: rules that allow traffic, for resources that need it.
    """

    def __init__(self, scope: Construct, construct_id: str, *, network: Network) -> None:
        super().__init__(scope, construct_id)
        self._network = network.network
        self.rules: list[firewall.ComputeFirewall] = []
        for direction in ("INGRESS", "EGRESS"):
            firewall.ComputeFirewall(
                self,
                f"deny-{direction.lower()}",
                name=f"{PROJECT}-deny-{direction.lower()}",
                description="Denies traffic that no other rule allows",
                network=self._network.id,
                direction=direction,
                source_ranges=[_EVERYWHERE] if direction == "INGRESS" else None,
                destination_ranges=[_EVERYWHERE] if direction == "EGRESS" else None,
                priority=_LAST,
                deny=[firewall.ComputeFirewallDeny(protocol="all")],
                log_config=firewall.ComputeFirewallLogConfig(metadata="INCLUDE_ALL_METADATA"),
            )

    def allow_from(self, name: str, sources: Sequence[str], *, account: str, ports: Sequence[int] | None) -> None:
        """Allow ingress from address ranges to the nodes of a service account.

        Args:
            name: name of the rule, after the caller.
            sources: address ranges.
            account: e-mail address of the service account.
            ports: TCP ports; all ports and protocols when empty.
        """
        rule = firewall.ComputeFirewall(
            self,
            f"from-{name}",
            name=f"{PROJECT}-from-{name}",
            network=self._network.id,
            direction="INGRESS",
            source_ranges=list(sources),
            target_service_accounts=[account],
            allow=_allowed(ports),
        )
        self.rules.append(rule)

    def allow_to(self, name: str, destinations: Sequence[str], *, account: str, ports: Sequence[int] | None) -> None:
        """Allow egress from the nodes of a service account to address ranges; arguments as in ``allow_from``."""
        rule = firewall.ComputeFirewall(
            self,
            f"to-{name}",
            name=f"{PROJECT}-to-{name}",
            network=self._network.id,
            direction="EGRESS",
            destination_ranges=list(destinations),
            target_service_accounts=[account],
            allow=_allowed(ports),
        )
        self.rules.append(rule)

    def admit_cluster(
        self, region: RegionNetwork, *, account: str, service_port: int, data_ports: Sequence[int]
    ) -> None:
        """Allow a cluster's traffic: among its nodes, from load balancers, to data and Google's APIs.

        Args:
            region: region of the cluster.
            account: e-mail address of its nodes' service account.
            service_port: port that load balancers call.
            data_ports: ports of database and cache.
        """
        inside = [str(region.addresses.nodes), str(region.addresses.pods)]
        self.allow_from(f"cluster-{region.name}", inside, account=account, ports=None)
        self.allow_to(f"cluster-{region.name}", inside, account=account, ports=None)
        self.allow_from(f"load-balancers-{region.name}", LOAD_BALANCERS, account=account, ports=[service_port])
        self.allow_to(f"data-{region.name}", [str(region.addresses.data)], account=account, ports=data_ports)
        self.allow_to(f"google-{region.name}", [str(GOOGLE_APIS)], account=account, ports=[HTTPS])
        if region.internet_egress:
            self.allow_to(f"internet-{region.name}", [_EVERYWHERE], account=account, ports=[HTTPS])


def _allowed(ports: Sequence[int] | None) -> list[firewall.ComputeFirewallAllow]:
    if ports is None:
        return [firewall.ComputeFirewallAllow(protocol=protocol) for protocol in _ALL_PORTS]
    return [firewall.ComputeFirewallAllow(protocol="tcp", ports=[str(port) for port in ports])]
