"""Synthetic check of the service from the internet: a CloudWatch canary (MON-2, RBK-1)."""

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_synthetics as synthetics
from constructs import Construct

from constructs_lib.aws.base.packaging import OPERATIONS
from constructs_lib.aws.base.suppressions import acknowledge
from constructs_lib.aws.data.storage import Storage
from environments import AlarmPolicy

_PREFIX = "outside-check"
# "Runtime versions using Python and Selenium Webdriver" (CloudWatch user guide), which the CDK's list lags behind. AWS
# refuses to create a canary on a deprecated one.
_RUNTIME = "syn-python-selenium-12.0"
# What the runs leave behind is looked at within days; CloudWatch keeps the result itself.
_KEEP = Duration.days(7)


class OutsideCheck(Construct):
    """Health, login and an authenticated read, through CDN and firewall, from outside the network.

    It may read the secret that signs tokens, and nothing else of the environment; there is no password to read.

    Attributes:
        success: metric that is 100 when the latest run went well, 0 when it did not.

    Args:
        name: of the canary.
        url: that it calls, without a path.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        url: str,
        policy: AlarmPolicy,
        signing_secret: secretsmanager.ISecret,
        storage: Storage,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        every = Duration.minutes(policy.outside_check_minutes)
        role = self._role(name, signing_secret, storage, key)
        canary = synthetics.Canary(
            self,
            "Canary",
            canary_name=name,
            runtime=synthetics.Runtime(_RUNTIME, synthetics.RuntimeFamily.PYTHON),
            test=synthetics.Test.custom(
                code=synthetics.Code.from_inline((OPERATIONS / "outside_check.py").read_text(encoding="utf-8")),
                handler="index.handler",
            ),
            schedule=synthetics.Schedule.rate(every),
            timeout=Duration.minutes(1),
            environment_variables={"URL": url, "JWT_SECRET_ARN": signing_secret.secret_arn},
            artifacts_bucket_location=synthetics.ArtifactsBucketLocation(bucket=storage.logs, prefix=_PREFIX),
            success_retention_period=_KEEP,
            failure_retention_period=_KEEP,
            provisioned_resource_cleanup=True,
            role=role,
        )
        # Its first run begins as soon as it is there.
        canary.node.add_dependency(role)
        self.success = canary.metric_success_percent(period=every)

    def _role(self, name: str, signing_secret: secretsmanager.ISecret, storage: Storage, key: kms.IKey) -> iam.Role:
        role = iam.Role(
            self,
            "Role",
            description="Synthetic check of the service from outside",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            managed_policies=[storage.log_write_policy(_PREFIX)],
        )
        log_groups = Stack.of(self).format_arn(
            service="logs",
            resource="log-group",
            resource_name=f"/aws/lambda/cwsyn-{name}-*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        # "Required roles and permissions for canaries", CloudWatch user guide.
        statements = [
            iam.PolicyStatement(
                actions=["cloudwatch:PutMetricData"],
                resources=["*"],
                conditions={"StringEquals": {"cloudwatch:namespace": "CloudWatchSynthetics"}},
            ),
            iam.PolicyStatement(
                actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], resources=[log_groups]
            ),
            iam.PolicyStatement(actions=["s3:ListAllMyBuckets", "xray:PutTraceSegments"], resources=["*"]),
            iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=[signing_secret.secret_arn]),
            iam.PolicyStatement(actions=["kms:Decrypt"], resources=[key.key_arn]),
        ]
        for statement in statements:
            role.add_to_policy(statement)
        acknowledge(
            role.node.find_child("DefaultPolicy"),
            "AwsSolutions-IAM5[Resource::*]",
            f"AwsSolutions-IAM5[Resource::{log_groups}]",
            "CKV_AWS_111",
            because="PutMetricData supports a namespace only, tracing and listing nothing; a log group ends with an id",
        )
        return role
