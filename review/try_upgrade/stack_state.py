"""State of a stack in CloudFormation at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from assembly import Stack
from local.cloud import EmbeddedCloud
from local.cloudformation import describe


@dataclass(frozen=True)
class StackState:
    """State of a stack; empty where it does not exist.

    Attributes:
        status: in CloudFormation's words.
        types: of each resource, by logical id.
        ids: the physical id of each resource, by logical id.
        outputs: their values, by name.
    """

    status: str = ""
    types: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)

    def same(self, other: "StackState") -> bool:
        """Return whether resources and outputs are identical."""
        return self.ids == other.ids and self.outputs == other.outputs


def stack_state(cloud: EmbeddedCloud, stack: Stack) -> StackState:
    """Return the state of a stack."""
    cloud.account = stack.account
    described = describe(cloud, stack.name, stack.region)
    if not described:
        return StackState()
    paginator = cloud.client("cloudformation", stack.region).get_paginator("list_stack_resources")
    resources = [
        resource
        for answer in paginator.paginate(StackName=stack.name)
        for resource in answer["StackResourceSummaries"]
        if resource["ResourceStatus"] != "DELETE_COMPLETE"
    ]
    return StackState(
        status=described["StackStatus"],
        types={resource["LogicalResourceId"]: resource["ResourceType"] for resource in resources},
        ids={resource["LogicalResourceId"]: resource.get("PhysicalResourceId", "") for resource in resources},
        outputs={output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", ())},
    )
