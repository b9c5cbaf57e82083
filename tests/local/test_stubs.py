"""Stubs: types with nothing behind them are recorded, and refused where AWS would refuse them."""

import pytest

from local.cloud import EmbeddedCloud
from tests.local.stacks import RefusedError, create

TARGET = {
    "ResourceId": "service/cluster/app",
    "ScalableDimension": "ecs:service:DesiredCount",
    "ServiceNamespace": "ecs",
    "MinCapacity": 2,
    "MaxCapacity": 20,
}


def test_a_stub_answers_ref_and_getatt(cloud: EmbeddedCloud) -> None:
    stack = create(
        cloud,
        {
            "Target": ("AWS::ApplicationAutoScaling::ScalableTarget", TARGET),
            "Webhook": ("AWS::Shield::Protection", {"Name": "x", "ResourceArn": "arn:x"}),
        },
        {"Ref": {"Ref": "Target"}, "Arn": {"Fn::GetAtt": ["Webhook", "ProtectionArn"]}},
    )
    assert stack.outputs["Ref"] == "service/cluster/app|ecs:service:DesiredCount|ecs"
    assert stack.outputs["Arn"].startswith("arn:aws:shield:us-east-1:111122223333:")


def test_a_stub_is_replaced_when_what_names_it_changes(cloud: EmbeddedCloud) -> None:
    here = TARGET | {"ResourceId": "service/cluster/a"}
    stack = create(cloud, {"Target": ("AWS::ApplicationAutoScaling::ScalableTarget", here)})
    before = stack.ids()["Target"]
    stack.update({"Target": ("AWS::ApplicationAutoScaling::ScalableTarget", here | {"MaxCapacity": 30})})
    assert stack.ids()["Target"] == before
    stack.update(
        {"Target": ("AWS::ApplicationAutoScaling::ScalableTarget", here | {"ResourceId": "service/cluster/b"})}
    )
    assert stack.ids()["Target"] == before.replace("/a|", "/b|")


@pytest.mark.parametrize(
    ("kind", "properties", "complaint"),
    [
        ("AWS::ApplicationAutoScaling::ScalableTarget", {"MinCapacity": 1}, "'MaxCapacity' is a required property"),
        ("AWS::ApplicationAutoScaling::ScalableTarget", TARGET | {"Maximum": 3}, "'Maximum' was unexpected"),
        ("AWS::ApplicationAutoScaling::ScalableTarget", TARGET | {"Id": "mine"}, "extraneous key [Id]"),
        ("AWS::RDS::DBInstance", {"Engine": "postgres", "MultiAZ": "perhaps"}, "#/MultiAZ"),
        ("AWS::ECS::Service", {"LaunchTpye": "FARGATE"}, "'LaunchTpye' was unexpected"),
        ("AWS::EC2::NoSuchThing", {}, "Unrecognized resource types: [AWS::EC2::NoSuchThing]"),
        ("AWS::CloudFormation::HookVersion", {}, "Unrecognized resource types"),
    ],
)
def test_what_aws_refuses_is_refused(
    cloud: EmbeddedCloud, kind: str, properties: dict[str, object], complaint: str
) -> None:
    with pytest.raises(RefusedError) as refusal:
        create(cloud, {"It": (kind, properties)})
    assert complaint in str(refusal.value)


def test_scalars_may_be_written_as_strings(cloud: EmbeddedCloud) -> None:
    written = TARGET | {"MaxCapacity": "20", "ResourceId": "service/cluster/text"}
    assert create(cloud, {"Target": ("AWS::ApplicationAutoScaling::ScalableTarget", written)})
