"""Ingress and egress rules of the security groups of all stacks together."""

from collections.abc import Iterator
from dataclasses import dataclass

from assembly.values import Json
from tests.aws.resources import Environment, Resource

GROUP = "AWS::EC2::SecurityGroup"
_PEERS = (
    "CidrIp",
    "CidrIpv6",
    "SourcePrefixListId",
    "SourceSecurityGroupId",
    "DestinationPrefixListId",
    "DestinationSecurityGroupId",
)


@dataclass(frozen=True)
class Rule:
    """A rule of a security group: from a group or an address, to a group or an address, at some ports."""

    source: str
    destination: str
    ports: range
    resource: Resource

    def __str__(self) -> str:
        return f"{self.source} to {self.destination} at {self.ports[0]}-{self.ports[-1]} by {self.resource}"


def ingress_rules(environment: Environment) -> list[Rule]:
    """Return the ingress rules of all groups. A group is called by its construct: ``Cache``, ``Service``."""
    return [
        Rule(peer, group, ports, resource)
        for group, peer, ports, resource in _rules(
            environment, "SecurityGroupIngress", "AWS::EC2::SecurityGroupIngress"
        )
    ]


def egress_rules(environment: Environment) -> list[Rule]:
    """Return the egress rules of all groups."""
    return [
        Rule(group, peer, ports, resource)
        for group, peer, ports, resource in _rules(environment, "SecurityGroupEgress", "AWS::EC2::SecurityGroupEgress")
        if peer != "255.255.255.255/32"  # the CDK's way to say nobody
    ]


def reaches(environment: Environment, destination: str, port: int | None = None) -> set[str]:
    """Return the sources that may open a connection to a construct, at one port or at any."""
    return {
        rule.source
        for rule in ingress_rules(environment)
        if rule.destination == destination and (port is None or port in rule.ports)
    }


def _rules(environment: Environment, inline: str, alone: str) -> Iterator[tuple[str, str, range, Resource]]:
    for group in environment.resources(GROUP):
        for rule in group.get(inline, []):
            yield _name(group), _peer(rule), _ports(rule), group
    for resource in environment.resources(alone):
        rule = resource.properties
        yield _name(rule["GroupId"]), _peer(rule), _ports(rule), resource


def _name(group: Json) -> str:
    return group.path.split("/")[0] if isinstance(group, Resource) else str(group)


def _peer(rule: Json) -> str:
    return next(_name(rule[key]) for key in _PEERS if key in rule)


def _ports(rule: Json) -> range:
    if str(rule["IpProtocol"]) == "-1" or "FromPort" not in rule:
        return range(65536)
    first, last = (_number(rule[key]) for key in ("FromPort", "ToPort"))
    return range(first, last + 1)


def _number(port: Json) -> int:
    # A port may be given as that of a database.
    return int(port["Port"] if isinstance(port, Resource) else port)
