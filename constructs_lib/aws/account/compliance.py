"""AWS Config: a recorder and managed rules, each a proof of the plan (SEC-5, SEC-7, SEC-8, SEC-10, SEC-11, CST-8)."""

from aws_cdk import aws_config as config
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib.aws.base.principals import service_for_account
from constructs_lib.aws.base.suppressions import acknowledge, objects_in
from environments import SecurityPolicy

_PREFIX = "config/"
# Identifiers of AWS's managed rules ("List of AWS Config managed rules", AWS Config developer guide).
_OF_EACH_REGION = {
    "VolumesAreEncrypted": "ENCRYPTED_VOLUMES",
    "DatabasesAreEncrypted": "RDS_STORAGE_ENCRYPTED",
    "DatabasesArePrivate": "RDS_INSTANCE_PUBLIC_ACCESS_CHECK",
    "BucketsAreNotReadByAnybody": "S3_BUCKET_PUBLIC_READ_PROHIBITED",
    "BucketsAreNotWrittenByAnybody": "S3_BUCKET_PUBLIC_WRITE_PROHIBITED",
    "KeysRotate": "CMK_BACKING_KEY_ROTATION_ENABLED",
    "ShellsAreClosed": "INCOMING_SSH_DISABLED",
    "AddressesAreUsed": "EIP_ATTACHED",
    "VolumesAreUsed": "EC2_VOLUME_INUSE_CHECK",
}
_OF_THE_ACCOUNT = {
    "RootHasMfa": "ROOT_ACCOUNT_MFA_ENABLED",
    "PeopleHaveMfa": "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS",
    "PasswordsAreGood": "IAM_PASSWORD_POLICY",
    "AccessKeysRotate": "ACCESS_KEYS_ROTATED",
    "EverythingIsRecorded": "MULTI_REGION_CLOUD_TRAIL_ENABLED",
    "TheRecordIsValidated": "CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED",
}
# Only the types that the rules check: each recorded change costs.
_RECORDED = (
    "AWS::EC2::EIP",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Volume",
    "AWS::KMS::Key",
    "AWS::RDS::DBInstance",
    "AWS::S3::Bucket",
)


class Compliance(Construct):
    """AWS Config in one region: a recorder and managed rules.

    Args:
        recorder: whether to make a recorder; without one the rules judge what the organization's records.
        reports: bucket that Config delivers to.
        whole_account: whether to add the rules on resources that exist once per account; in one region only.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        policy: SecurityPolicy,
        recorder: bool,
        reports: s3.Bucket,
        key: kms.IKey,
        whole_account: bool,
    ) -> None:
        super().__init__(scope, construct_id)
        recorded = [self._recorder(reports, key)] if recorder else []
        parameters = {"AccessKeysRotate": {"maxAccessKeyAge": policy.unused_days}}
        for name, identifier in {**_OF_EACH_REGION, **(_OF_THE_ACCOUNT if whole_account else {})}.items():
            rule = config.CfnConfigRule(
                self,
                name,
                source=config.CfnConfigRule.SourceProperty(owner="AWS", source_identifier=identifier),
                input_parameters=parameters.get(name),
            )
            rule.node.add_dependency(*recorded)

    def _recorder(self, reports: s3.Bucket, key: kms.IKey) -> config.CfnConfigurationRecorder:
        role = self._role(reports, key)
        recorder = config.CfnConfigurationRecorder(
            self,
            "Recorder",
            role_arn=role.role_arn,
            recording_group=config.CfnConfigurationRecorder.RecordingGroupProperty(
                all_supported=False, include_global_resource_types=False, resource_types=list(_RECORDED)
            ),
        )
        # Channel and recorder do not wait for each other: CloudFormation finishes neither alone.
        channel = config.CfnDeliveryChannel(
            self,
            "Channel",
            s3_bucket_name=reports.bucket_name,
            s3_key_prefix=_PREFIX.rstrip("/"),
            s3_kms_key_arn=key.key_arn,
        )
        # Config writes a test object as the role when the channel is made, and refuses the channel until the role's
        # policy is there (InsufficientDeliveryPolicyException; aws/aws-cdk#3577).
        for each in (recorder, channel):
            each.node.add_dependency(role)
        return recorder

    def _role(self, reports: s3.Bucket, key: kms.IKey) -> iam.Role:
        # The permissions that "Permissions for the IAM role assigned to AWS Config" (developer guide) asks for.
        role = iam.Role(
            self,
            "Role",
            assumed_by=service_for_account(self, "config"),
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name("service-role/AWS_ConfigRole")],
        )
        role.add_to_policy(iam.PolicyStatement(actions=["s3:GetBucketAcl"], resources=[reports.bucket_arn]))
        role.add_to_policy(
            iam.PolicyStatement(actions=["s3:PutObject"], resources=[reports.arn_for_objects(f"{_PREFIX}*")])
        )
        role.add_to_policy(iam.PolicyStatement(actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[key.key_arn]))
        acknowledge(
            role,
            "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWS_ConfigRole]",
            because="AWS keeps this policy in step with what Config reads",
        )
        acknowledge(
            role,
            objects_in(reports, _PREFIX),
            because="Config chooses its objects' names, under one prefix",
        )
        return role
