"""The synced properties: what MiniStack's CloudFormation drops, by resource type."""

from local.emulator.handlers.buckets import BUCKET
from local.emulator.handlers.property_sync import PropertySync

SYNCED_PROPERTIES: dict[str, tuple[PropertySync, ...]] = {
    "AWS::S3::Bucket": BUCKET,
    "AWS::IAM::Group": (
        PropertySync(
            property="ManagedPolicyArns",
            operation="iam.AttachGroupPolicy",
            request=lambda group, policy: {"GroupName": group, "PolicyArn": policy},
            clear_operation="iam.DetachGroupPolicy",
            per_item=True,
        ),
    ),
    "AWS::ElasticLoadBalancingV2::ListenerRule": (
        PropertySync(
            property="Tags",
            operation="elbv2.AddTags",
            request=lambda rule, value: {"ResourceArns": [rule], "Tags": value},
        ),
    ),
    "AWS::Route53::HostedZone": (
        PropertySync(
            property="HostedZoneTags",
            operation="route53.ChangeTagsForResource",
            request=lambda zone, value: {"ResourceType": "hostedzone", "ResourceId": zone, "AddTags": value},
        ),
    ),
    "AWS::StepFunctions::StateMachine": (
        PropertySync(
            property="LoggingConfiguration",
            operation="stepfunctions.UpdateStateMachine",
            request=lambda arn, value: {"stateMachineArn": arn, "loggingConfiguration": value},
        ),
    ),
    "AWS::CloudTrail::Trail": (
        PropertySync(
            property="EventSelectors",
            operation="cloudtrail.PutEventSelectors",
            request=lambda trail, value: {"TrailName": trail, "EventSelectors": value},
        ),
        PropertySync(
            property="IsLogging", operation="cloudtrail.StartLogging", request=lambda trail, _: {"Name": trail}
        ),
    ),
}
