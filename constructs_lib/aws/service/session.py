"""Sessions of operators in one-off tasks beside the service: role, log and encryption (SEC-5, SEC-9)."""

from aws_cdk import Stack
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct, IConstruct

from constructs_lib.aws.base.cfn import cfn
from constructs_lib.aws.base.logs import log_group
from constructs_lib.aws.base.principals import service_for_account
from constructs_lib.aws.base.suppressions import acknowledge


class Session(Construct):
    """ECS Exec as sessions use it. What is typed and answered is logged; data and log are encrypted.

    Source: "Monitor Amazon ECS containers with ECS Exec", Amazon ECS developer guide: permissions of the task's role.

    Attributes:
        configuration: of the cluster in which sessions run.
        role: role of a session's task, which may do nothing else.

    Args:
        log_days: retention of the sessions' log.
        key: encryption key of the sessions and their log.
    """

    def __init__(self, scope: Construct, construct_id: str, *, log_days: int, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self._log = log = log_group(self, "Log", days=log_days, key=key)
        self.configuration = ecs.ExecuteCommandConfiguration(
            kms_key=key,
            logging=ecs.ExecuteCommandLogging.OVERRIDE,
            log_configuration=ecs.ExecuteCommandLogConfiguration(
                cloud_watch_log_group=log, cloud_watch_encryption_enabled=True
            ),
        )
        # "Amazon ECS task IAM role", Amazon ECS developer guide: the condition of its trust.
        self.role = iam.Role(
            self,
            "Role",
            description="A session of an operator in a task of its own",
            assumed_by=service_for_account(self, "ecs-tasks"),
        )
        self.role.add_to_policy(
            iam.PolicyStatement(
                actions=[
                    "ssmmessages:CreateControlChannel",
                    "ssmmessages:CreateDataChannel",
                    "ssmmessages:OpenControlChannel",
                    "ssmmessages:OpenDataChannel",
                    "logs:DescribeLogGroups",
                ],
                resources=["*"],
            )
        )
        self.role.add_to_policy(
            iam.PolicyStatement(
                actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                resources=[log.log_group_arn],
            )
        )
        key.grant_decrypt(self.role)
        acknowledge(
            self.role,
            "AwsSolutions-IAM5[Resource::*]",
            because="ssmmessages supports no resource-level permissions, and the agent lists log groups",
        )

    def acknowledge_writer(self, writer: IConstruct) -> None:
        """Suppress the rule on the streams of the log, which the CDK lets the tasks of a service write."""
        stack = Stack.of(self)
        name = stack.get_logical_id(cfn(self._log, logs.CfnLogGroup))
        group = f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:log-group:<{name}>:*"
        acknowledge(writer, f"AwsSolutions-IAM5[Resource::{group}]", because="The streams of a log group are below it")
