"""Secret rotation: renews the header between CDN and load balancer without downtime (SEC-2, SEC-8)."""

from aws_cdk import Duration
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from constructs_lib.aws.base import packaging
from constructs_lib.aws.base.cfn import present
from constructs_lib.aws.base.suppressions import acknowledge
from constructs_lib.aws.data.rotation import admit_secrets_manager, replica_statements
from constructs_lib.aws.data.secrets import OriginSecrets
from constructs_lib.aws.service.origin_protection import ORIGIN_HEADER
from environments import SecurityPolicy


class OriginRotation(Construct):
    """Scheduled rotation of the origin secrets; the first one runs right after the deployment.

    Args:
        policy: decides how often.
        secrets: the two values of the header.
        distribution: CDN that sends one of them.
        web_acl_arn: web ACL of the CDN.
        accepted: values that the load balancer's web ACL accepts.
        logs: bucket of the CDN's log.
        key: encrypts the secrets.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        policy: SecurityPolicy,
        secrets: OriginSecrets,
        distribution: cloudfront.IDistribution,
        web_acl_arn: str,
        accepted: waf.CfnRegexPatternSet,
        logs: s3.IBucket,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        function = packaging.function(
            self,
            "Function",
            program="origin_rotation",
            description="Renews the header between CDN and load balancer",
            # The CDN needs minutes to be deployed, and the function waits for it.
            timeout=Duration.minutes(15),
            environment={
                "NEXT_SECRET_ID": secrets.next.secret_arn,
                "DISTRIBUTION_ID": distribution.distribution_id,
                "HEADER": ORIGIN_HEADER,
                # The set's Ref is "name|id|scope" (AWS::WAFv2::RegexPatternSet, return values).
                "PATTERN_SET": accepted.ref,
            },
            log_id="Log",
            log_days=policy.log_days,
            key=key,
        )
        admit_secrets_manager(function)
        patterns = iam.PolicyStatement(
            actions=["wafv2:GetRegexPatternSet", "wafv2:UpdateRegexPatternSet"], resources=[accepted.attr_arn]
        )
        for statement in (
            *_secret_statements(secrets, key),
            *_cdn_statements(distribution, web_acl_arn, logs),
            patterns,
            *replica_statements(secrets.replica_keys),
        ):
            function.add_to_role_policy(statement)
        _acknowledge(function)
        schedule = secretsmanager.CfnRotationSchedule(
            self,
            "Schedule",
            secret_id=secrets.sent.secret_arn,
            rotation_lambda_arn=function.function_arn,
            rotation_rules=secretsmanager.CfnRotationSchedule.RotationRulesProperty(
                automatically_after_days=policy.secret_rotation_days
            ),
        )
        # The first rotation starts at once and needs the permission by then.
        schedule.node.add_dependency(function)


def _secret_statements(secrets: OriginSecrets, key: kms.IKey) -> list[iam.PolicyStatement]:
    return [
        iam.PolicyStatement(
            actions=[
                "secretsmanager:DescribeSecret",
                "secretsmanager:GetSecretValue",
                "secretsmanager:PutSecretValue",
                "secretsmanager:UpdateSecretVersionStage",
            ],
            resources=[secrets.sent.secret_arn],
        ),
        iam.PolicyStatement(
            actions=["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"],
            resources=[secrets.next.secret_arn],
        ),
        iam.PolicyStatement(actions=["secretsmanager:GetRandomPassword"], resources=["*"]),
        iam.PolicyStatement(actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[key.key_arn]),
    ]


def _cdn_statements(
    distribution: cloudfront.IDistribution, web_acl_arn: str, logs: s3.IBucket
) -> list[iam.PolicyStatement]:
    return [
        iam.PolicyStatement(
            actions=["cloudfront:GetDistribution", "cloudfront:GetDistributionConfig", "cloudfront:UpdateDistribution"],
            resources=[distribution.distribution_arn],
        ),
        # CloudFront refuses the update of a distribution to whoever may not read its web ACL (aws/aws-sdk-java#2901).
        iam.PolicyStatement(actions=["wafv2:GetWebACL"], resources=[web_acl_arn]),
        # Of a distribution that writes a log, CloudFront demands these of whoever updates it ("Configure standard
        # logging (legacy)", CloudFront developer guide).
        iam.PolicyStatement(actions=["s3:GetBucketAcl", "s3:PutBucketAcl"], resources=[logs.bucket_arn]),
    ]


def _acknowledge(function: lambda_.Function) -> None:
    acknowledge(
        present(function.role),
        "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]",
        because="AWS keeps this policy in step with what a function needs",
    )
    acknowledge(function, "CKV_AWS_173", because="Its variables hold names of resources, no value")
    acknowledge(function, "CKV_AWS_117", because="It calls AWS's public interfaces only, and CloudFront has no other")
