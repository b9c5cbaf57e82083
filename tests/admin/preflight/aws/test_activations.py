"""Activations are data: each type of the templates has a row, and each row that counts a line in docs/deploy/aws.md."""

import re
from pathlib import Path

from admin.preflight.aws.activations import activations, service_linked_roles, without_row
from admin.preflight.aws.leftovers import NAMED
from assembly import Assembly
from local.emulator.refusals.identity import identity

_PAGE = Path(__file__).parents[4] / "docs" / "deploy" / "aws.md"


def types(synthesized: Assembly) -> set[str]:
    return {resource.type for resource in synthesized.resources.values()}


def test_each_type_says_whether_somebody_must_switch_something_on(synthesized: Assembly) -> None:
    assert without_row(types(synthesized)) == []
    assert without_row(["AWS::EKS::Cluster"]) == ["AWS::EKS::Cluster"]


def test_each_activation_that_a_template_needs_has_its_line(synthesized: Assembly) -> None:
    lines = [line for line in _PAGE.read_text().splitlines() if line.startswith("| ")]
    needed = [each for each in activations() if not types(synthesized).isdisjoint(each.types)]
    assert len(needed) > 5
    absent = [
        each.name
        for each in needed
        if not any(
            line.startswith(f"| {each.name} |") and all(text in line for text in (each.who, each.where, each.how_long))
            for line in lines
        )
    ]
    assert absent == []


def test_service_linked_roles_of_types() -> None:
    assert service_linked_roles({"AWS::ECS::Cluster", "AWS::S3::Bucket"}) == {
        "ecs.amazonaws.com": "AWSServiceRoleForECS"
    }


def test_each_retained_name_is_looked_for(synthesized: Assembly) -> None:
    """A retained resource with a fixed name, as its schema tells, outlives its stack, and forbids the next one."""
    named = {
        resource.type
        for resource in synthesized.resources.values()
        if str(resource.body.get("DeletionPolicy", "")).startswith("Retain")
        # A name with a reference in it is another one each time.
        and (name := identity(resource.type, resource.properties))
        and not re.search(r'"(Ref|Fn::\w+)"', name)
    }
    assert "AWS::RDS::DBInstance" in named
    assert named - set(NAMED) == set()
