"""The commands that clear a stack whose first create failed."""

from typing import Any

import pytest

from local.cloud import EmbeddedCloud
from local.cloudformation import describe
from local.commands import Command
from local.failed_creates import clearing_commands
from tests.local.stacks import RefusedError, create

REGION = "us-east-1"
FAILS: tuple[str, dict[str, Any], dict[str, Any]] = ("AWS::ECS::Service", {"LaunchTpye": "EC2"}, {"DependsOn": "It"})
DATABASE = {
    "DBInstanceIdentifier": "kept",
    "DBInstanceClass": "db.t4g.micro",
    "Engine": "postgres",
    "AllocatedStorage": "20",
    "MasterUsername": "goodies",
    "MasterUserPassword": "not-a-secret-1",
    "DeletionProtection": True,
}


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (
            Command("rds", "modify_db_instance", REGION, {"DBInstanceIdentifier": "it", "DeletionProtection": False}),
            "aws rds modify-db-instance --region us-east-1 --db-instance-identifier it --no-deletion-protection",
        ),
        (
            Command("elbv2", "modify_load_balancer_attributes", REGION, {"Attributes": [{"Key": "a", "Value": "b"}]}),
            "aws elbv2 modify-load-balancer-attributes --region us-east-1 --attributes Key=a,Value=b",
        ),
        (
            Command("iam", "create_service_linked_role", REGION, {"AWSServiceName": "it"}),
            "aws iam create-service-linked-role --region us-east-1 --aws-service-name it",
        ),
    ],
)
def test_a_command_is_written_as_a_person_types_it(command: Command, line: str) -> None:
    assert str(command) == line


def clearing(cloud: EmbeddedCloud, name: str) -> list[str]:
    return [command.operation for command in clearing_commands(cloud, describe(cloud, name, REGION), REGION)]


def test_a_protection_is_lifted_where_nothing_was_complete_yet(cloud: EmbeddedCloud) -> None:
    with pytest.raises(RefusedError, match="ROLLBACK_FAILED"):
        create(cloud, {"It": ("AWS::RDS::DBInstance", DATABASE), "Fails": FAILS}, name="never-complete")
    cloud.client("cloudformation").update_termination_protection(
        StackName="never-complete", EnableTerminationProtection=True
    )
    commands = clearing_commands(cloud, describe(cloud, "never-complete", REGION), REGION)
    assert [command.operation for command in commands] == [
        "modify_db_instance",
        "update_termination_protection",
        "delete_stack",
    ]
    for command in commands:
        command.run(cloud)
    assert describe(cloud, "never-complete", REGION).get("StackStatus", "") in ("", "DELETE_IN_PROGRESS")


def test_none_is_lifted_where_a_stack_was_complete_once(cloud: EmbeddedCloud) -> None:
    database = DATABASE | {"DBInstanceIdentifier": "holds-data"}
    stack = create(cloud, {"It": ("AWS::RDS::DBInstance", database)}, name="was-complete")
    assert clearing(cloud, "was-complete") == []
    assert stack.status_after_delete() == "DELETE_FAILED"
    assert clearing(cloud, "was-complete") == ["delete_stack"]


def test_there_is_nothing_to_clear_where_there_is_no_stack(cloud: EmbeddedCloud) -> None:
    assert clearing(cloud, "none") == []


def test_the_reason_is_found_behind_a_long_rollback(cloud: EmbeddedCloud) -> None:
    names = [f"It{number}" for number in range(40)]
    parameters: dict[str, Any] = {name: ("AWS::SSM::Parameter", {"Type": "String", "Value": name}) for name in names}
    with pytest.raises(RefusedError, match=r"Fails \(AWS::ECS::Service\)"):
        create(cloud, {**parameters, "Fails": (FAILS[0], FAILS[1], {"DependsOn": names})})
