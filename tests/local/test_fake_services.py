"""Fake services and SDK integrations: operations that MiniStack lacks."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import EmbeddedCloud
from tests.local.stacks import create
from tests.local.test_stubs import TARGET

POLICY = {
    "PolicyName": "Cpu",
    "PolicyType": "TargetTrackingScaling",
    "ScalingTargetId": {"Ref": "Target"},
    "TargetTrackingScalingPolicyConfiguration": {
        "TargetValue": "70",
        "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
    },
}


def test_scaling_is_described_as_the_template_has_it(cloud: EmbeddedCloud) -> None:
    stack = create(
        cloud,
        {
            "Target": ("AWS::ApplicationAutoScaling::ScalableTarget", {**TARGET, "ResourceId": "service/a/described"}),
            "Policy": ("AWS::ApplicationAutoScaling::ScalingPolicy", POLICY),
        },
    )
    scaling = cloud.client("application-autoscaling")
    request = {"ServiceNamespace": "ecs", "ResourceIds": ["service/a/described"]}
    (target,) = scaling.describe_scalable_targets(**request)["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 20)
    (policy,) = scaling.describe_scaling_policies(ServiceNamespace="ecs", ResourceId="service/a/described")[
        "ScalingPolicies"
    ]
    assert policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 70
    stack.delete()
    assert scaling.describe_scalable_targets(**request)["ScalableTargets"] == []


def test_the_bounds_of_a_target_are_registered_anew(cloud: EmbeddedCloud) -> None:
    address = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/a/bound",
        "ScalableDimension": TARGET["ScalableDimension"],
    }
    scaling = cloud.client("application-autoscaling")
    with pytest.raises(ClientError, match="No stack has a scalable target service/a/bound"):
        scaling.register_scalable_target(**address, MaxCapacity=5)
    create(cloud, {"Target": ("AWS::ApplicationAutoScaling::ScalableTarget", {**TARGET, **address})})
    scaling.register_scalable_target(**address, MaxCapacity=5)
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=["service/a/bound"])[
        "ScalableTargets"
    ]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 5)


def test_a_region_describes_its_own_scaling_only(cloud: EmbeddedCloud) -> None:
    create(cloud, {"Target": ("AWS::ApplicationAutoScaling::ScalableTarget", {**TARGET, "ResourceId": "service/a/b"})})
    there = cloud.client("application-autoscaling", "us-west-2")
    assert there.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"] == []


def test_a_ticket_is_opened_found_and_closed(cloud: EmbeddedCloud) -> None:
    ssm = cloud.client("ssm")
    opened = ssm.create_ops_item(Title="Look", Source="here", Description="- at it")["OpsItemId"]

    def found(status: str) -> list[str]:
        filters = [
            {"Key": "Source", "Values": ["here"], "Operator": "Equal"},
            {"Key": "Status", "Values": [status], "Operator": "Equal"},
        ]
        return [item["OpsItemId"] for item in ssm.describe_ops_items(OpsItemFilters=filters)["OpsItemSummaries"]]

    assert found("Open") == [opened]
    ssm.update_ops_item(OpsItemId=opened, Status="Resolved")
    assert (found("Open"), found("Resolved")) == ([], [opened])
    assert ssm.get_ops_item(OpsItemId=opened)["OpsItem"]["Description"] == "- at it"


def test_a_ticket_that_does_not_exist_is_refused(cloud: EmbeddedCloud) -> None:
    ssm = cloud.client("ssm")
    with pytest.raises(ssm.exceptions.OpsItemNotFoundException):
        ssm.get_ops_item(OpsItemId="oi-0")


def test_what_a_service_knew_before_it_still_knows(cloud: EmbeddedCloud) -> None:
    ssm = cloud.client("ssm")
    ssm.put_parameter(Name="/a", Value="b", Type="String")
    assert ssm.get_parameter(Name="/a")["Parameter"]["Value"] == "b"


def test_tickets_survive_a_restart(own_cloud: EmbeddedCloud) -> None:
    opened = own_cloud.client("ssm").create_ops_item(Title="Look", Source="here", Description="x")["OpsItemId"]
    own_cloud.stop()
    own_cloud.start()
    assert own_cloud.client("ssm").get_ops_item(OpsItemId=opened)["OpsItem"]["Status"] == "Open"


def test_a_state_machine_calls_what_ministack_does_not(cloud: EmbeddedCloud) -> None:
    cloud.client("s3").create_bucket(Bucket="kept")
    request = {"Bucket": "kept", "Key": "it.json", "Body": {"is": "kept"}}
    assert _run(cloud, "s3:putObject", request)[0] == "SUCCEEDED"
    assert json.load(cloud.client("s3").get_object(Bucket="kept", Key="it.json")["Body"]) == {"is": "kept"}
    status, answer = _run(cloud, "inspector2:listFindings", {"MaxResults": 1})
    assert status == "SUCCEEDED"
    assert "Findings" in answer


def test_a_service_that_is_not_there_fails_the_execution(cloud: EmbeddedCloud) -> None:
    assert _run(cloud, "costexplorer:getCostAndUsage", {})[0] == "FAILED"


def _run(cloud: EmbeddedCloud, call: str, arguments: dict[str, Any]) -> tuple[str, Any]:
    states = cloud.client("stepfunctions")
    step = {"Type": "Task", "Resource": f"arn:aws:states:::aws-sdk:{call}", "Arguments": arguments, "End": True}
    definition = {"QueryLanguage": "JSONata", "StartAt": "Ask", "States": {"Ask": step}}
    state_machine = states.create_state_machine(
        name=call.replace(":", "-"), definition=json.dumps(definition), roleArn="arn:aws:iam::111122223333:role/any"
    )["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=state_machine)["executionArn"]
    while (done := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
        time.sleep(0.05)
    return done["status"], json.loads(done.get("output", "{}"))


def test_an_event_of_aws_reaches_its_rule(cloud: EmbeddedCloud) -> None:
    sqs, events = cloud.client("sqs"), cloud.client("events")
    url = sqs.create_queue(QueueName="events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="events", EventPattern=json.dumps({"source": ["aws.guardduty"]}))
    events.put_targets(Rule="events", Targets=[{"Id": "1", "Arn": arn}])
    cloud.put_event("aws.guardduty", "GuardDuty Finding", {"severity": 8})
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    assert json.loads(message["Body"])["detail"] == {"severity": 8}
