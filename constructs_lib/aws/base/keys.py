"""KMS keys that encrypt everything at rest, one per environment and region (SEC-5, SEC-8)."""

from aws_cdk import ArnFormat, Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from environments import SecurityPolicy


def log_delivery_statement(stack: Stack) -> iam.PolicyStatement:
    """Return the key policy statement that lets CloudWatch Logs encrypt log groups of the stack's account and region.

    Source: "Encrypt log data in CloudWatch Logs using AWS KMS", CloudWatch Logs user guide.
    """
    log_groups = stack.format_arn(
        service="logs", resource="log-group", resource_name="*", arn_format=ArnFormat.COLON_RESOURCE_NAME
    )
    return iam.PolicyStatement(
        principals=[iam.ServicePrincipal(f"logs.{stack.region}.amazonaws.com")],
        actions=["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
        resources=["*"],
        conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": log_groups}},
    )


def alarm_statement(stack: Stack) -> iam.PolicyStatement:
    """Return the key policy statement that lets the account's alarms write to encrypted topics.

    Source: "Enable compatibility between event sources from AWS services and encrypted topics", SNS developer guide.
    """
    return iam.PolicyStatement(
        principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
        actions=["kms:Decrypt", "kms:GenerateDataKey*"],
        resources=["*"],
        conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
    )


class Key(Construct):
    """Multi-region key of an environment; with a replica, encrypted copies are readable in the recovery region.

    Attributes:
        key: pass it to resources that store data; grant its use to readers (the grant is in the reader's own policy).
    """

    def __init__(self, scope: Construct, construct_id: str, *, policy: SecurityPolicy) -> None:
        super().__init__(scope, construct_id)
        key = kms.Key(
            self,
            "Key",
            description="Encrypts the environment's data",
            multi_region=True,
            enable_key_rotation=True,
            rotation_period=Duration.days(policy.key_rotation_days),
            pending_window=Duration.days(30),
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        key.add_to_resource_policy(log_delivery_statement(Stack.of(self)))
        key.add_to_resource_policy(alarm_statement(Stack.of(self)))
        # Grants on the key itself would add every reader to its policy, and make the key depend on its readers.
        self.key = kms.Key.from_key_arn(self, "Shared", key.key_arn)


class KeyReplica(Construct):
    """Replica of the key in another region; it rotates with the primary.

    Attributes:
        key: replica, used like the key in the primary region.
    """

    def __init__(self, scope: Construct, construct_id: str, *, primary: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        account = iam.PolicyStatement(principals=[iam.AccountRootPrincipal()], actions=["kms:*"], resources=["*"])
        replica = kms.CfnReplicaKey(
            self,
            "Key",
            description="Encrypts the environment's data in another region",
            primary_key_arn=primary.key_arn,
            key_policy=iam.PolicyDocument(
                statements=[account, log_delivery_statement(Stack.of(self)), alarm_statement(Stack.of(self))]
            ),
            pending_window_in_days=30,
        )
        replica.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        self.key = kms.Key.from_key_arn(self, "Replica", replica.attr_arn)


class AccountKey(Construct):
    """KMS key of an account in one region: audit trail, reports, notifications.

    Attributes:
        key: KMS key, used like an environment's.
    """

    def __init__(self, scope: Construct, construct_id: str, *, policy: SecurityPolicy) -> None:
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        key = kms.Key(
            self,
            "Key",
            description="Encrypts the account's audit trail, findings and notifications",
            enable_key_rotation=True,
            rotation_period=Duration.days(policy.key_rotation_days),
            pending_window=Duration.days(30),
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        trails = stack.format_arn(service="cloudtrail", region="*", resource="trail", resource_name="*")
        trail = iam.ServicePrincipal("cloudtrail.amazonaws.com")
        from_a_trail = {"aws:SourceArn": trails}
        for_a_trail = {**from_a_trail, "kms:EncryptionContext:aws:cloudtrail:arn": trails}
        # "Configure AWS KMS key policies for CloudTrail", CloudTrail user guide.
        key.add_to_resource_policy(_use(trail, "kms:GenerateDataKey*", conditions={"StringLike": for_a_trail}))
        key.add_to_resource_policy(_use(trail, "kms:DescribeKey", conditions={"StringLike": from_a_trail}))
        key.add_to_resource_policy(log_delivery_statement(stack))
        key.add_to_resource_policy(alarm_statement(stack))
        # "Creating an Amazon SNS topic for budget notifications" and "… for anomaly notifications" (Cost Management
        # user guide) name one.
        for publisher in ("budgets", "costalerts"):
            service = iam.ServicePrincipal(f"{publisher}.amazonaws.com")
            of_this_account = {"StringEquals": {"aws:SourceAccount": stack.account}}
            key.add_to_resource_policy(_use(service, "kms:GenerateDataKey*", "kms:Decrypt", conditions=of_this_account))
        self.key = kms.Key.from_key_arn(self, "Shared", key.key_arn)


def _use(
    service: iam.ServicePrincipal, *actions: str, conditions: dict[str, dict[str, str]] | None = None
) -> iam.PolicyStatement:
    return iam.PolicyStatement(principals=[service], actions=list(actions), resources=["*"], conditions=conditions)
