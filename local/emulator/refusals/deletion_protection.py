"""Refusal of the deletion of what is protected: databases and load balancers."""

from typing_extensions import override

from local.emulator.api_calls import call
from local.emulator.refusals.rule import Operation, Refusal

_DATABASE = "AWS::RDS::DBInstance"
_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"


class DeletionProtection(Refusal):
    """Rule: CloudFormation does not lift a protection, neither in a rollback nor when it deletes a stack."""

    text = "A database or load balancer with deletion protection is not deleted, in a rollback neither."
    source = "DeleteDBInstance, RDS API reference; DeleteLoadBalancer, Elastic Load Balancing API reference"
    calling_types = frozenset({_DATABASE, _BALANCER})

    @override
    def check(self, operation: Operation) -> None:
        if not operation.deletes:
            return
        try:
            refused = _PROTECTIONS[operation.type](operation.physical_id) if operation.type in _PROTECTIONS else ""
        except ValueError:  # it is gone already
            return
        if refused:
            raise ValueError(refused)


def _database(identifier: str) -> str:
    (found,) = call("rds", "DescribeDBInstances", {"DBInstanceIdentifier": identifier})["DBInstances"]
    if not found["DeletionProtection"]:
        return ""
    return "Cannot delete protected DB Instance, please disable deletion protection and try again."


def _balancer(arn: str) -> str:
    attributes = call("elbv2", "DescribeLoadBalancerAttributes", {"LoadBalancerArn": arn})["Attributes"]
    if {"Key": "deletion_protection.enabled", "Value": "true"} not in attributes:
        return ""
    return f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"


_PROTECTIONS = {_DATABASE: _database, _BALANCER: _balancer}
