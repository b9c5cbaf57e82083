"""Secret rotation: changes the database passwords without downtime (SEC-8)."""

from collections.abc import Sequence

from aws_cdk import Duration, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from constructs_lib.aws.base import packaging
from constructs_lib.aws.base.cfn import present
from constructs_lib.aws.base.logs import delivered_log_group
from constructs_lib.aws.base.queues import dead_letter_queue
from constructs_lib.aws.base.state_machines import state_machine
from constructs_lib.aws.base.suppressions import acknowledge
from constructs_lib.aws.data.database import Database
from constructs_lib.aws.network.network import HTTPS
from environments import SecurityPolicy

# The event that operations/rotation.py sends when a new password is valid.
EVENT_SOURCE = "goodies.rotation"
# Of a service deployment that has not ended (ServiceDeploymentStatus, Amazon ECS API reference).
_UNDERWAY = ["PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"]
_LIBRARIES = ("pg8000", "scramp", "asn1crypto", "python-dateutil", "six")


class Rotation(Construct):
    """Scheduled rotation of the database users' passwords; the first one runs right after the deployment.

    The service's secret alternates between two users: running tasks keep the other user, whose password is valid until
    the next rotation.

    Args:
        replica_keys: keys of the secrets' replicas in other regions.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        policy: SecurityPolicy,
        database: Database,
        vpc: ec2.IVpc,
        key: kms.IKey,
        replica_keys: Sequence[kms.IKey],
    ) -> None:
        super().__init__(scope, construct_id)
        group = ec2.SecurityGroup(
            self, "Rotator", vpc=vpc, description="Password rotation of the database", allow_all_outbound=False
        )
        group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(HTTPS), "HTTPS to Secrets Manager and EventBridge")
        function = packaging.function(
            self,
            "Function",
            program="rotation",
            libraries=_LIBRARIES,
            data=["rds_authorities.pem"],
            description="Rotates the passwords of the database's users",
            timeout=Duration.seconds(60),
            vpc=vpc,
            security_group=group,
            log_id="Log",
            log_days=policy.log_days,
            key=key,
        )
        function.connections.allow_to_default_port(database.connections, "Password rotation")
        admit_secrets_manager(function)
        self._allow(function, database, key, replica_keys)
        self._acknowledge(function)
        for name, secret in (("Owner", database.owner_secret), ("Service", database.secret)):
            schedule = secretsmanager.CfnRotationSchedule(
                self,
                name,
                secret_id=secret.secret_arn,
                rotation_lambda_arn=function.function_arn,
                rotation_rules=secretsmanager.CfnRotationSchedule.RotationRulesProperty(
                    automatically_after_days=policy.secret_rotation_days
                ),
            )
            # The first rotation starts at once: it needs the function's permissions by then, and the way to the
            # database, which are rules of both security groups.
            schedule.node.add_dependency(function, group, *database.connections.security_groups)

    def _allow(
        self, function: lambda_.Function, database: Database, key: kms.IKey, replica_keys: Sequence[kms.IKey]
    ) -> None:
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=[
                    "secretsmanager:DescribeSecret",
                    "secretsmanager:GetSecretValue",
                    "secretsmanager:PutSecretValue",
                    "secretsmanager:UpdateSecretVersionStage",
                ],
                resources=[database.owner_secret.secret_arn, database.secret.secret_arn],
            )
        )
        function.add_to_role_policy(iam.PolicyStatement(actions=["secretsmanager:GetRandomPassword"], resources=["*"]))
        key.grant(function, "kms:Decrypt", "kms:GenerateDataKey")
        for statement in replica_statements(replica_keys):
            function.add_to_role_policy(statement)
        events.EventBus.from_event_bus_name(self, "Bus", "default").grant_put_events_to(function)

    def _acknowledge(self, function: lambda_.Function) -> None:
        acknowledge(
            present(function.role),
            "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]",
            "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/"
            "AWSLambdaVPCAccessExecutionRole]",
            because="AWS keeps these policies in step with what a function in a network needs",
        )


def replica_statements(keys: Sequence[kms.IKey]) -> list[iam.PolicyStatement]:
    """Return the statements with which a rotation writes a new value into a secret's replicas.

    It goes to them at once ("Replicate secrets across Regions", Secrets Manager user guide). A key's own grant would be
    for every key, because it is of another region.

    Args:
        keys: of the replicas.
    """
    return [
        iam.PolicyStatement(actions=["kms:Encrypt", "kms:GenerateDataKey"], resources=[key.key_arn]) for key in keys
    ]


def admit_secrets_manager(function: lambda_.Function) -> None:
    """Let Secrets Manager of the account call a rotation's function, and suppress the rules that each of them breaks.

    The CDK's own rotation schedule would admit Secrets Manager of any account.
    """
    function.add_permission(
        "Secrets",
        principal=iam.ServicePrincipal("secretsmanager.amazonaws.com"),
        source_account=Stack.of(function).account,
    )
    acknowledge(
        present(function.role),
        "AwsSolutions-IAM5[Resource::*]",
        because="Tracing and GetRandomPassword support no resource-level permissions",
    )
    acknowledge(
        function,
        "Serverless-LambdaDLQ",
        "CKV_AWS_115",
        "CKV_AWS_116",
        because="Secrets Manager calls it once a period, tries again, and reports what failed",
    )


class RestartAfterRotation(Construct):
    """Restart of the service's tasks after a rotation, so that they use the new password.

    It waits until no deployment is under way: a restart is a deployment, and would take the place of a release that is
    still judged. The tasks have time, because the password that they use is valid until the next rotation.

    Attributes:
        not_started: dead-letter queue of the rule that starts it.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        policy: SecurityPolicy,
        secret: secretsmanager.ISecret,
        service: ecs.FargateService,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        self.not_started = dead_letter_queue(self, "NotStarted")
        place = {"Cluster": service.cluster.cluster_name, "Service": service.service_name}
        find = tasks.CallAwsService.jsonata(
            self,
            "FindDeployments",
            service="ecs",
            action="listServiceDeployments",
            parameters={**place, "Status": _UNDERWAY},
            iam_resources=[service.service_arn],
        )
        restart = tasks.CallAwsService.jsonata(
            self,
            "ReplaceTasks",
            service="ecs",
            action="updateService",
            parameters={**place, "ForceNewDeployment": True},
            iam_resources=[service.service_arn],
        )
        wait = sfn.Wait(self, "Wait", time=sfn.WaitTime.duration(Duration.minutes(1)))
        underway = sfn.Condition.jsonata("{% $count($states.input.ServiceDeployments) > 0 %}")
        steps = find.next(sfn.Choice.jsonata(self, "Underway").when(underway, wait.next(find)).otherwise(restart))
        replacement = state_machine(
            self,
            "Restart",
            steps,
            # CloudFormation ends a deployment after three hours.
            timeout=Duration.hours(4),
            log=delivered_log_group(self, "Log", days=policy.log_days, key=key, writer="states"),
        )
        events.Rule(
            self,
            "Rotated",
            description="Redeploys the service after its database password was rotated",
            event_pattern=events.EventPattern(source=[EVENT_SOURCE], detail={"secret": [secret.secret_arn]}),
            targets=[targets.SfnStateMachine(replacement, dead_letter_queue=self.not_started)],
        )
