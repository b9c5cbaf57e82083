"""Deployment hooks of the ECS service: functions that ECS asks before it starts and before it shifts (RBK-1, PRC-4)."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.aws.base import packaging
from constructs_lib.aws.base.cfn import present
from constructs_lib.aws.base.suppressions import acknowledge
from constructs_lib.aws.network.network import HTTPS
from constructs_lib.signals.signal import RUNBOOKS
from environments import ReleasePolicy

# To read the deployment before the check, and to publish a refusal after it.
_MARGIN_SECONDS = 60


class DeploymentHooks(Construct):
    """Two functions that refuse a blue/green deployment, with a reason that people read.

    The first refuses one that begins while a rollback alarm is on, as ECS would read no alarm during it; a release that
    is marked as urgent passes. The second calls the new tasks before users reach them. A refusal is published to the
    team and written into a parameter.

    A rolling deployment has none of them: "Lambda hooks for Amazon ECS service deployments" (Amazon ECS developer
    guide) describes its stages by the shift between two sets of tasks, and only pause hooks are announced for it
    ("Amazon ECS pause and continue deployments", What's New, May 2026).

    Attributes:
        targets: hooks with their stages, for the service.
        connections: security group of the function that calls the tasks; has no way to them at first.

    Args:
        name: of the environment, as in its alarms.
        policy: how long the check may take.
        cluster_name: of the ECS cluster.
        service_name: of the ECS service.
        alarm_prefix: how the names of the rollback alarms begin.
        signing_secret: signs the tokens of the service.
        release: name of the parameter that records the release to deploy.
        urgent: name of the parameter that records which release is urgent, and why.
        refusal: name of the parameter that a refusal is written into.
        on_call: receives a text for each urgent release that is deployed while an alarm is on.
        team: receives a text for each refusal.
        log_days: retention of the logs.
        key: encrypts secret, topics and logs.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        policy: ReleasePolicy,
        vpc: ec2.IVpc,
        cluster_name: str,
        service_name: str,
        alarm_prefix: str,
        signing_secret: secretsmanager.ISecret,
        release: str,
        urgent: str,
        refusal: str,
        on_call: sns.ITopic,
        team: sns.ITopic,
        log_days: int,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        self._log_days = log_days
        self._key = key
        self._variables = {
            "ENVIRONMENT": name,
            "RELEASE": release,
            "REFUSAL": refusal,
            "TEAM": team.topic_arn,
            "RUNBOOK": f"{RUNBOOKS}/rollback.md",
        }
        group = ec2.SecurityGroup(
            self, "Checker", vpc=vpc, description="Check of new tasks before users reach them", allow_all_outbound=False
        )
        group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(HTTPS), "HTTPS to AWS")
        self.connections = ec2.Connections(security_groups=[group])
        alarm_check = self._alarm_check(alarm_prefix, urgent, on_call)
        green_check = self._green_check(
            seconds=policy.check_seconds,
            vpc=vpc,
            group=group,
            signing_secret=signing_secret,
            place=f"{cluster_name}/{service_name}",
        )
        for function in (alarm_check, green_check):
            self._allow(
                function,
                {
                    "ssm:GetParameter": [self._parameter(release)],
                    "ssm:PutParameter": [self._parameter(refusal)],
                    "sns:Publish": [team.topic_arn],
                },
            )
            function.add_to_role_policy(
                iam.PolicyStatement(actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[key.key_arn])
            )
            _acknowledge(function)
        self._allow(alarm_check, {"ssm:GetParameter": [self._parameter(urgent)], "sns:Publish": [on_call.topic_arn]})
        # "Permissions required for Lambda functions in Amazon ECS blue/green deployments", Amazon ECS developer guide:
        # ECS takes this role, and names no account as the source.
        role = iam.Role(
            self,
            "Caller",
            description="ECS calls the hooks of the service's deployments",
            assumed_by=iam.ServicePrincipal("ecs.amazonaws.com"),
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["lambda:InvokeFunction"], resources=[alarm_check.function_arn, green_check.function_arn]
            )
        )
        self.targets = [
            ecs.DeploymentLifecycleLambdaTarget(function, hook, lifecycle_stages=[stage], role=role)
            for function, hook, stage in (
                (alarm_check, "AlarmCheck", ecs.DeploymentLifecycleStage.PRE_SCALE_UP),
                (green_check, "GreenCheck", ecs.DeploymentLifecycleStage.POST_TEST_TRAFFIC_SHIFT),
            )
        ]

    def _alarm_check(self, alarm_prefix: str, urgent: str, on_call: sns.ITopic) -> lambda_.Function:
        variables = {"ALARM_PREFIX": alarm_prefix, "URGENT": urgent, "ON_CALL": on_call.topic_arn}
        function = packaging.function(
            self,
            "AlarmCheck",
            program="release/alarm_check",
            modules=["release/hook"],
            description="Refuses a deployment while a rollback alarm is on",
            timeout=Duration.seconds(_MARGIN_SECONDS),
            environment=self._variables | variables,
            log_id="AlarmCheckLog",
            log_days=self._log_days,
            key=self._key,
        )
        # It names no alarm, only how their names begin: IAM judges that as a call of all of them.
        self._allow(function, {"cloudwatch:DescribeAlarms": ["*"]})
        acknowledge(function, "CKV_AWS_117", because="It calls AWS's public interfaces only")
        return function

    def _green_check(
        self,
        *,
        seconds: int,
        vpc: ec2.IVpc,
        group: ec2.SecurityGroup,
        signing_secret: secretsmanager.ISecret,
        place: str,
    ) -> lambda_.Function:
        variables = {"JWT_SECRET_ARN": signing_secret.secret_arn, "SECONDS": str(seconds)}
        function = packaging.function(
            self,
            "GreenCheck",
            program="release/green_check",
            modules=["release/hook", "release/direct_calls"],
            description="Checks new tasks before users reach them",
            timeout=Duration.seconds(seconds + _MARGIN_SECONDS),
            environment=self._variables | variables,
            vpc=vpc,
            security_group=group,
            log_id="GreenCheckLog",
            log_days=self._log_days,
            key=self._key,
        )
        stack = Stack.of(self)
        # Names, because the service waits for its hooks.
        service = stack.format_arn(service="ecs", resource="service", resource_name=place)
        revisions = stack.format_arn(service="ecs", resource="service-revision", resource_name=f"{place}/*")
        self._allow(
            function,
            {
                "ecs:DescribeServices": [service],
                "ecs:DescribeServiceRevisions": [revisions],
                # It supports no resource ("Actions defined by AWS Elastic Load Balancing V2").
                "elasticloadbalancing:DescribeTargetHealth": ["*"],
                "secretsmanager:GetSecretValue": [signing_secret.secret_arn],
            },
        )
        acknowledge(
            present(function.role),
            f"AwsSolutions-IAM5[Resource::{revisions}]",
            because="ECS makes a revision with each deployment, and names it",
        )
        return function

    def _allow(self, function: lambda_.Function, rights: Mapping[str, Sequence[str]]) -> None:
        for action, resources in rights.items():
            function.add_to_role_policy(iam.PolicyStatement(actions=[action], resources=list(resources)))

    def _parameter(self, name: str) -> str:
        return Stack.of(self).format_arn(service="ssm", resource="parameter", resource_name=name.strip("/"))


def _acknowledge(function: lambda_.Function) -> None:
    acknowledge(
        present(function.role),
        "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]",
        "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole]",
        because="AWS keeps these policies in step with what a function needs",
    )
    acknowledge(
        present(function.role),
        "AwsSolutions-IAM5[Resource::*]",
        because="Tracing, alarms and target health support no resource-level permissions",
    )
    acknowledge(
        function,
        "Serverless-LambdaDLQ",
        "CKV_AWS_115",
        "CKV_AWS_116",
        because="ECS calls it once or twice a deployment, waits for its answer, and rolls back without one",
    )
    acknowledge(function, "CKV_AWS_173", because="Its variables hold names of resources, no value")
