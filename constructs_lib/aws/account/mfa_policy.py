"""MFA policy: IAM users can do nothing without a second factor, except set it up (SEC-10)."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib import naming
from constructs_lib.aws.base.suppressions import acknowledge

# The actions that set up a second factor ("AWS: Allows MFA-authenticated IAM users to manage their own
# credentials", IAM user guide).
_OWN = (
    "iam:ChangePassword",
    "iam:EnableMFADevice",
    "iam:GetMFADevice",
    "iam:GetUser",
    "iam:ListMFADevices",
    "iam:ResyncMFADevice",
)
# A person chooses the device's name, in the console and on the command line. A device that no user has, such as one
# that was made and given up, belongs to nobody, and its name is taken until it is deleted.
_DEVICES = ("iam:CreateVirtualMFADevice", "iam:DeleteVirtualMFADevice")
_SHARED = ("iam:GetAccountPasswordPolicy", "iam:ListVirtualMFADevices")


class MfaPolicy(Construct):
    """Group for all IAM users; without a second factor its policy permits only to set one up.

    People who come through IAM Identity Center bring their second factor; this group is for the account's own users,
    who are created by hand.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        iam.CfnGroup(
            self,
            "Group",
            group_name=f"{naming.PROJECT}-people",
            managed_policy_arns=[self._second_factor().managed_policy_arn],
        )

    def _second_factor(self) -> iam.ManagedPolicy:
        stack = Stack.of(self)
        user = stack.format_arn(service="iam", region="", resource="user", resource_name="${aws:username}")
        devices = stack.format_arn(service="iam", region="", resource="mfa", resource_name="*")
        policy = iam.ManagedPolicy(
            self,
            "SecondFactor",
            description="Denies every action without MFA but those that set MFA up",
            statements=[
                iam.PolicyStatement(actions=list(_SHARED), resources=["*"]),
                iam.PolicyStatement(actions=list(_OWN), resources=[user]),
                iam.PolicyStatement(actions=list(_DEVICES), resources=[devices]),
                iam.PolicyStatement(
                    effect=iam.Effect.DENY,
                    not_actions=[*_OWN, *_DEVICES, *_SHARED, "sts:GetSessionToken"],
                    resources=["*"],
                    conditions={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
                ),
            ],
        )
        acknowledge(
            policy,
            "AwsSolutions-IAM5[Resource::*]",
            because="Two calls list what belongs to the account, not to a user",
        )
        acknowledge(
            policy,
            f"AwsSolutions-IAM5[Resource::{devices}]",
            because="A person chooses the name of a device, and one that is in use can be deleted by nobody",
        )
        return policy
