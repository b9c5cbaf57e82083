"""Refusal of subnets that overlap."""

from ipaddress import ip_network

from typing_extensions import override

from local.emulator.api_calls import call
from local.emulator.refusals.rule import Operation, Refusal

_SUBNET = "AWS::EC2::Subnet"


class Subnets(Refusal):
    """Rule: a range is free only after the subnet that had it is gone, and an update deletes last."""

    text = "A subnet whose range overlaps another subnet of its network is not made."
    source = "InvalidSubnet.Conflict, error codes of the EC2 API"
    calling_types = frozenset({_SUBNET})

    @override
    def check(self, operation: Operation) -> None:
        new, old = operation.new or {}, operation.old or {}
        if operation.type != _SUBNET or "CidrBlock" not in new or new.get("CidrBlock") == old.get("CidrBlock"):
            return
        wanted = ip_network(new["CidrBlock"])
        for subnet in call("ec2", "DescribeSubnets", {})["Subnets"]:
            if subnet["VpcId"] == new.get("VpcId") and wanted.overlaps(ip_network(subnet["CidrBlock"])):
                raise ValueError(f"The CIDR '{wanted}' conflicts with another subnet")
