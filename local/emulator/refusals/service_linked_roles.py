"""Refusal of what needs a service-linked role that the account does not have yet."""

from typing_extensions import override

from local.emulator.api_calls import call
from local.emulator.refusals.rule import Operation, Refusal

# Types whose create fails without the service's role, though the service makes it at its first use.
_SERVICES = {"AWS::ECS::ClusterCapacityProviderAssociations": "ecs.amazonaws.com"}


class ServiceLinkedRoles(Refusal):
    """Rule: in a new account, the first cluster with capacity providers comes before IAM knows the role of ECS."""

    text = "An ECS cluster gets capacity providers only where `AWSServiceRoleForECS` exists."
    source = "aws-cloudformation/cloudformation-coverage-roadmap#818"
    calling_types = frozenset(_SERVICES)

    @override
    def check(self, operation: Operation) -> None:
        service = _SERVICES.get(operation.type)
        if service is None or not operation.creates:
            return
        # MiniStack names the role otherwise than AWS; its path is the same.
        if not any(role["Path"] == f"/aws-service-role/{service}/" for role in call("iam", "ListRoles", {})["Roles"]):
            raise ValueError(
                "Unable to assume the service linked role. Please verify that the ECS service linked role exists."
            )
