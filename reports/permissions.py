"""Who may do what: the permissions of every role, read from the synthesized templates (SEC-2, SEC-9, SEC-12).

``python -m reports.permissions`` reads ``cdk.out`` and writes ``docs/permissions.md``. What is the same in several
environments stands there once.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from assembly import Resource, Stack, open_assembly
from assembly.references import Reference, StackOutput, reference
from assembly.values import Json

ROOT = Path(__file__).parents[1]
REPORT = ROOT / "docs" / "permissions.md"


class Permission(NamedTuple):
    """Something that is allowed.

    Attributes:
        part: the stack, without the name of its environment.
        role: who may, by the place in the code.
        action: what.
        resource: on what.
    """

    part: str
    role: str
    action: str
    resource: str


class Reader:
    """Follows references from stack to stack."""

    def __init__(self, folder: Path) -> None:
        self._stacks = open_assembly(folder).stacks

    def permissions(self) -> Iterator[tuple[str, Permission]]:
        """Return whatever is allowed, with the environment that allows it."""
        for stack in self._stacks.values():
            for holder in stack.resources.values():
                for role, action, resource in self._of(stack, holder):
                    yield stack.environment, Permission(_part(stack), role, action, _short(resource, stack))

    def _of(self, stack: Stack, resource: Resource) -> Iterator[tuple[str, str, str]]:
        path, properties = resource.path, resource.properties
        if resource.type == "AWS::IAM::Role":
            for policy in properties.get("ManagedPolicyArns", []):
                yield path, "everything of", self._text(policy, stack)
            for policy in properties.get("Policies", []):
                yield from ((path, *said) for said in self._allowed(stack, policy["PolicyDocument"]))
        elif resource.type in {"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"}:
            holders = [self._text(holder, stack).strip("{}") for holder in properties.get("Roles", [])]
            for said in self._allowed(stack, properties["PolicyDocument"]):
                yield from ((holder, *said) for holder in holders or [path])

    def _allowed(self, stack: Stack, document: Json) -> Iterator[tuple[str, str]]:
        for statement in document["Statement"]:
            if statement["Effect"] == "Allow":
                for action in _many(statement["Action"]):
                    for resource in _many(statement["Resource"]):
                        yield action, self._text(resource, stack)

    def _text(self, value: Json, stack: Stack) -> str:
        """Return a value with its references replaced by the places that they mean."""
        match reference(value):
            case Reference(name):
                return f"{{{stack.paths[name]}}}" if name in stack.paths else ""
            case StackOutput(name, output):
                other = self._stacks[name]
                return self._text(other.outputs[output], other)
        match value:
            case {"Fn::Join": [str(separator), [*parts]]}:
                return separator.join(self._text(part, stack) for part in parts)
        return str(value)


def _part(stack: Stack) -> str:
    if stack.environment == "shared":
        return stack.name
    return stack.name.partition("-")[2] or "(operations)"


def _short(resource: str, stack: Stack) -> str:
    """Return a resource without what every ARN repeats, the name of its environment, and the digest of an asset."""
    name = re.sub(r"^arn:[^:]*:([^:]*):[^:]*:[^:]*:", r"\1:", resource)
    name = re.sub(r"[0-9a-f]{64}", "…", name)
    return name.replace(f"/{stack.environment}/", "/…/").replace(f"-{stack.environment}", "-…")


def _many(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def report(folder: Path) -> str:
    """Return the table as a page."""
    where: dict[Permission, set[str]] = defaultdict(set)
    for environment, permission in Reader(folder).permissions():
        where[permission].add(environment)
    together: dict[tuple[str, str, str, str, str], set[str]] = defaultdict(set)
    for (part, role, action, resource), environments in where.items():
        service, _, name = action.rpartition(":")
        together[part, role, resource, ", ".join(sorted(environments)), service].add(name)
    lines = [
        "# Who may do what",
        "",
        "Written by `make permissions` from the synthesized templates: every permission of every role and group.",
        "`{Storage/Uploads}` is a resource by its place in the code, `…` the name of the environment or of an asset.",
    ]
    part = holder = ""
    for (this, role, resource, names, service), actions in sorted(together.items()):
        if this != part:
            part, holder = this, ""
            lines += ["", f"## {part}", "", "| role | may | on | in |", "| --- | --- | --- | --- |"]
        may = f"{service}: {', '.join(sorted(actions))}" if service else ", ".join(actions)
        lines.append(f"| {role if role != holder else ''} | {may} | `{resource}` | {names} |")
        holder = role
    return "\n".join([*lines, ""])


def main() -> None:
    """Write the page anew."""
    REPORT.write_text(report(ROOT / "cdk.out"), encoding="utf-8")


if __name__ == "__main__":
    main()
