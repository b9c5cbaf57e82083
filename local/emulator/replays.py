"""The properties that MiniStack's CloudFormation drops, by type."""

from local.emulator.buckets import BUCKET
from local.emulator.replayed import Replay

REPLAYS: dict[str, tuple[Replay, ...]] = {
    "AWS::S3::Bucket": BUCKET,
    "AWS::IAM::Group": (
        Replay(
            property="ManagedPolicyArns",
            operation="iam.AttachGroupPolicy",
            request=lambda group, policy: {"GroupName": group, "PolicyArn": policy},
            undo="iam.DetachGroupPolicy",
            each=True,
        ),
    ),
    "AWS::ElasticLoadBalancingV2::ListenerRule": (
        Replay(
            property="Tags",
            operation="elbv2.AddTags",
            request=lambda rule, value: {"ResourceArns": [rule], "Tags": value},
        ),
    ),
    "AWS::Route53::HostedZone": (
        Replay(
            property="HostedZoneTags",
            operation="route53.ChangeTagsForResource",
            request=lambda zone, value: {"ResourceType": "hostedzone", "ResourceId": zone, "AddTags": value},
        ),
    ),
    "AWS::StepFunctions::StateMachine": (
        Replay(
            property="LoggingConfiguration",
            operation="stepfunctions.UpdateStateMachine",
            request=lambda arn, value: {"stateMachineArn": arn, "loggingConfiguration": value},
        ),
    ),
    "AWS::CloudTrail::Trail": (
        Replay(
            property="EventSelectors",
            operation="cloudtrail.PutEventSelectors",
            request=lambda trail, value: {"TrailName": trail, "EventSelectors": value},
        ),
        Replay(property="IsLogging", operation="cloudtrail.StartLogging", request=lambda trail, _: {"Name": trail}),
    ),
}
