"""Service-linked roles: those that exist, those that a stack creates, and the others."""

import json
from dataclasses import replace

import pytest

from admin.preflight.aws import service_roles, translated
from admin.preflight.aws.needs import Needs
from admin.preflight.model import Answer, State, run
from assembly import Resource
from assembly.values import Json
from tests.admin.preflight.aws.answers import DENIED, ID, NO_STACK, Answers, Given, Refused, summaries

ECS = "AWSServiceRoleForECS"
ROLE: Json = {
    "Role": {
        "Path": "/aws-service-role/ecs.amazonaws.com/",
        "RoleName": ECS,
        "RoleId": "AROAAAAAAAAAAAAAAAAA",
        "Arn": f"arn:aws:iam::{ID}:role/aws-service-role/ecs.amazonaws.com/{ECS}",
        "CreateDate": "2026-01-01T00:00:00Z",
    }
}
ABSENT = Refused("NoSuchEntity", "The role cannot be found.")


def created(needs: Needs, service: str) -> Needs:
    """Return needs whose first stack creates the role of a service, and none another."""
    first, *others = (
        replace(stack, resources={key: each for key, each in stack.resources.items() if each.type != "Custom::AWS"})
        for stack in needs.stacks
    )
    call = {"service": "IAM", "action": "createServiceLinkedRole", "parameters": {"AWSServiceName": service}}
    role = Resource(first.name, "Role", "Custom::AWS", "", "", first.region, {}, {"Create": json.dumps(call)})
    return Needs(
        needs.assembly, needs.environment, [replace(first, resources={**first.resources, "Role": role}), *others]
    )


def answer(needs: Needs, given: dict[str, Given]) -> Answer:
    checks = service_roles.checks(needs, Answers(given).account())
    return run(translated(check) for check in checks if check.subject == ECS)[0].answer


@pytest.mark.parametrize(
    ("service", "given", "resources", "state"),
    [
        ("ecs.amazonaws.com", ROLE, NO_STACK, State.FINE),
        ("ecs.amazonaws.com", ABSENT, NO_STACK, State.FINE),
        ("ecs.amazonaws.com", ABSENT, DENIED, State.UNKNOWN),
        ("ecs.amazonaws.com", ABSENT, summaries([("Role", "Custom::AWS", ECS)]), State.MISSING),
        ("ecs.amazonaws.com", DENIED, NO_STACK, State.UNKNOWN),
        ("rds.amazonaws.com", ROLE, NO_STACK, State.FINE),
        ("rds.amazonaws.com", ABSENT, NO_STACK, State.MISSING),
        ("rds.amazonaws.com", DENIED, NO_STACK, State.UNKNOWN),
    ],
)
def test_role(needs: Needs, service: str, given: Given, resources: Given, state: State) -> None:
    found = answer(created(needs, service), {"iam:GetRole": given, "cloudformation:ListStackResources": resources})
    assert found.state is state
    if state is State.MISSING:
        assert found.next_steps == ("aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com",)
