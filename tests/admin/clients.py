"""AWS for the tests of the commands: clients of boto3 with given answers, which the models of the APIs validate."""

from collections.abc import Mapping
from typing import Any

from botocore.config import Config

from admin.aws import Aws
from tests.admin.preflight.aws.answers import ID, Answers


def account(given: Mapping[str, Any]) -> tuple[Aws, Answers]:
    """Return an account that gives these answers by action, and the record of its calls."""
    answers = Answers(given)

    def client(service: str, region_name: str = "us-east-1", config: Any = None) -> Any:
        return answers.client(service, region_name, config or Config())

    return Aws(client, ID, "us-east-1", embedded=False), answers


def actions(answers: Answers) -> list[str]:
    """Return the actions that were called, in order."""
    return [action for action, _, _ in answers.calls]


def parameters(answers: Answers, action: str) -> Any:
    """Return the parameters of the only call of an action."""
    (found,) = (given for name, _, given in answers.calls if name == action)
    return found


def service_stack(*, image: str = "0.3.0-2a1ec34", **outputs: str) -> dict[str, Any]:
    """Return the answers about a deployed Service stack with its task definition."""
    given = {"TaskDefinition": "arn:task-definition/service:1", "TaskSubnets": "subnet-1,subnet-2", **outputs}
    given |= {"TaskSecurityGroup": "sg-1", "SessionRole": "arn:aws:iam::111122223333:role/session"}
    return {
        "cloudformation:DescribeStacks": {
            "Stacks": [
                {
                    "StackName": "GoodiesProd-Service",
                    "CreationTime": "2026-01-01T00:00:00Z",
                    "StackStatus": "UPDATE_COMPLETE",
                    "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in given.items()],
                }
            ]
        },
        "ecs:DescribeTaskDefinition": {
            "taskDefinition": {
                "taskRoleArn": "arn:aws:iam::111122223333:role/task",
                "executionRoleArn": "arn:aws:iam::111122223333:role/execution",
                "networkMode": "awsvpc",
                "cpu": "256",
                "memory": "512",
                "volumes": [{"name": "tmp"}],
                "containerDefinitions": [
                    {
                        "name": "funkygibbon",
                        "image": f"111122223333.dkr.ecr.us-east-1.amazonaws.com/goodies/funkygibbon:{image}",
                        "mountPoints": [{"sourceVolume": "tmp", "containerPath": "/tmp", "readOnly": False}],
                        "secrets": [{"name": "PGPASSWORD", "valueFrom": "arn:secret"}],
                        "portMappings": [{"containerPort": 8000}],
                        "logConfiguration": {
                            "logDriver": "awslogs",
                            "options": {"awslogs-group": "service-log", "awslogs-stream-prefix": "api"},
                        },
                    }
                ],
            }
        },
    }
