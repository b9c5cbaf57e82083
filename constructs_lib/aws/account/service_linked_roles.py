"""Service-linked roles, made before the first resource that needs one (AWS-3, AWS-4, AWS-5)."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.aws.base.creation_call import creation_call

# Services whose resources the environments have, and their roles ("Using service-linked roles" in each one's guide).
# A service makes its role at its first use, and in a new account the first cluster with capacity providers fails
# because IAM does not know the role yet (aws-cloudformation/cloudformation-coverage-roadmap#818).
SERVICE_LINKED_ROLES = {
    "ecs.amazonaws.com": "AWSServiceRoleForECS",
    "ecs.application-autoscaling.amazonaws.com": "AWSServiceRoleForApplicationAutoScaling_ECSService",
    "elasticloadbalancing.amazonaws.com": "AWSServiceRoleForElasticLoadBalancing",
    "rds.amazonaws.com": "AWSServiceRoleForRDS",
    "elasticache.amazonaws.com": "AWSServiceRoleForElastiCache",
}


class ServiceLinkedRoles(Construct):
    """Service-linked roles of an account; one that exists already is left as it is.

    ``AWS::IAM::ServiceLinkedRole`` fails where the role exists, and deletes it with the stack. CreateServiceLinkedRole
    answers InvalidInput then ("Service role name … has been taken in this account").
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        for service, role in SERVICE_LINKED_ROLES.items():
            arn = Stack.of(self).format_arn(
                service="iam", region="", resource="role", resource_name=f"aws-service-role/{service}/{role}"
            )
            creation_call(
                self,
                role.removeprefix("AWSServiceRoleFor"),
                service="IAM",
                action="createServiceLinkedRole",
                parameters={"AWSServiceName": service},
                identity=role,
                exists_already="InvalidInput|EntityAlreadyExists",
                permissions=[
                    iam.PolicyStatement(
                        actions=["iam:CreateServiceLinkedRole"],
                        resources=[arn],
                        conditions={"StringEquals": {"iam:AWSServiceName": service}},
                    )
                ],
            )
