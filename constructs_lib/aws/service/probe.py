"""Probe of a release: a function that asks both sets of tasks each minute, whatever the traffic (RBK-1)."""

from aws_cdk import CfnResource, CustomResource, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from constructs_lib import naming
from constructs_lib.aws.base import packaging
from constructs_lib.aws.base.cfn import cfn, present
from constructs_lib.aws.base.metrics import MINUTE, may_put_metrics
from constructs_lib.aws.base.principals import service_for_account
from constructs_lib.aws.base.suppressions import acknowledge
from constructs_lib.aws.network.network import HTTPS
from constructs_lib.aws.service.load_balancer import LoadBalancer
from environments import AlarmPolicy

NAMESPACE = f"{naming.PROJECT}/probe"


class Probe(Construct):
    """Function that asks the tasks of both target groups straight on their port, and publishes the worse set's figures.

    Its requests are in none of the load balancer's figures. It reads the secret that signs tokens, and nothing else of
    the environment. It runs all the time, not only in deployments: an alarm that is on when a deployment begins, as it
    is without data, would leave the release without its judge. For the same reason its first run is part of its
    creation, and alarms on its metrics are made after this construct.

    ``connections`` needs a way to the tasks.

    Attributes:
        failed: share of the calls that failed, in percent; has a value each minute while the probe runs.
        response_time: 95th percentile of the response time, in milliseconds; has none while no task is healthy.
        connections: security group of the function.

    Args:
        environment: name of the environment, a dimension of the metrics.
        policy: number and time-out of the requests.
        load_balancer: its target groups say where the tasks are.
        signing_secret: signs the service's tokens.
        log_days: retention of the log.
        key: encrypts log, schedule and secret.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: str,
        policy: AlarmPolicy,
        vpc: ec2.IVpc,
        load_balancer: LoadBalancer,
        signing_secret: secretsmanager.ISecret,
        log_days: int,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        group = ec2.SecurityGroup(self, "Prober", vpc=vpc, description="Probe of the tasks", allow_all_outbound=False)
        group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(HTTPS), "HTTPS to AWS's interfaces")
        groups = [each for each in (load_balancer.blue, load_balancer.green) if each]
        rules = [each for each in (load_balancer.production, load_balancer.test) if each]
        function = packaging.function(
            self,
            "Function",
            program="release/probe",
            modules=["release/direct_calls"],
            description="Asks the tasks each minute, and publishes the figures of the worse set",
            timeout=MINUTE,
            environment={
                "TARGET_GROUP_ARNS": ",".join(each.target_group_arn for each in groups),
                "RULE_ARNS": ",".join(each.listener_rule_arn for each in rules),
                "JWT_SECRET_ARN": signing_secret.secret_arn,
                "NAMESPACE": NAMESPACE,
                "ENVIRONMENT": environment,
                "REQUESTS": str(policy.probe_requests),
                "SECONDS": str(policy.probe_seconds),
            },
            vpc=vpc,
            security_group=group,
            log_id="Log",
            log_days=log_days,
            key=key,
        )
        self.connections = function.connections
        for statement in (
            # Neither supports resource-level permissions ("Actions, resources, and condition keys for AWS Elastic Load
            # Balancing V2", Service Authorization Reference).
            iam.PolicyStatement(
                actions=["elasticloadbalancing:DescribeTargetHealth", "elasticloadbalancing:DescribeRules"],
                resources=["*"],
            ),
            iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=[signing_secret.secret_arn]),
            iam.PolicyStatement(actions=["kms:Decrypt"], resources=[key.key_arn]),
            may_put_metrics(NAMESPACE),
        ):
            function.add_to_role_policy(statement)
        _acknowledge(function)
        self._run_each_minute(function, key)
        self.failed = _metric("Failed", environment)
        self.response_time = _metric("ResponseTime", environment)

    def _run_each_minute(self, function: lambda_.Function, key: kms.IKey) -> None:
        # "Confused deputy prevention in EventBridge Scheduler", its user guide.
        role = iam.Role(self, "ScheduleRole", assumed_by=service_for_account(self, "scheduler"))
        scheduler.Schedule(
            self,
            "EachMinute",
            description="Probe of the tasks",
            schedule=scheduler.ScheduleExpression.rate(MINUTE),
            # A run that could not start is worth nothing when the next one does.
            target=targets.LambdaInvoke(function, role=role, max_event_age=MINUTE, retry_attempts=0),
            key=key,
        )
        acknowledge(
            role,
            f"AwsSolutions-IAM5[Resource::<{Stack.of(self).get_logical_id(cfn(function, CfnResource))}.Arn>:*]",
            because="The CDK's target admits to every version of the function, of which there is one",
        )
        first = CustomResource(
            self,
            "FirstRun",
            service_token=function.function_arn,
            resource_type="Custom::FirstRun",
            service_timeout=Duration.minutes(2),
        )
        first.node.add_dependency(function)


def _metric(name: str, environment: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={"Environment": environment},
        statistic="Maximum",
        period=MINUTE,
    )


def _acknowledge(function: lambda_.Function) -> None:
    role = present(function.role)
    acknowledge(
        role,
        "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]",
        "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole]",
        because="AWS keeps these policies in step with what a function in a network needs",
    )
    acknowledge(
        role,
        "AwsSolutions-IAM5[Resource::*]",
        because="Tracing, PutMetricData and the load balancers' descriptions support no resource-level permissions",
    )
    acknowledge(
        function,
        "Serverless-LambdaDLQ",
        "CKV_AWS_115",
        "CKV_AWS_116",
        because="It runs anew each minute, and an alarm says that its figures are missing",
    )
    acknowledge(function, "CKV_AWS_173", because="Its variables hold names of resources, no value")
