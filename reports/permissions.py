"""IAM permissions of every role on AWS, and the rights of third parties' charts in clusters (SEC-2, SEC-9, SEC-12).

What is the same in several environments stands in the table once.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from assembly import Resource, Stack, open_assembly
from assembly.chart_facts import chart_facts
from assembly.references import Reference, StackOutput, reference
from assembly.values import Json

DOCUMENT = "docs/permissions.md"


class Permission(NamedTuple):
    """An action that a role may take on a resource.

    Attributes:
        part: the stack, without the name of its environment.
        role: the role, group or policy that allows it, by its construct path.
        action: ``s3:GetObject``.
        resource: an ARN without what all ARNs repeat; a resource of ours by its construct path, in braces.
    """

    part: str
    role: str
    action: str
    resource: str


class PermissionReader:
    """Reads the policies of an assembly, and follows their references from stack to stack.

    Args:
        folder: the assembly.
    """

    def __init__(self, folder: Path) -> None:
        self._stacks = open_assembly(folder).stacks

    def permissions(self) -> Iterator[tuple[str, Permission]]:
        """Yield each environment with what it allows, more than once where several statements do."""
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
                yield from ((path, *allowed) for allowed in self._allowed(stack, policy["PolicyDocument"]))
        elif resource.type in {"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"}:
            roles = [self._text(role, stack).strip("{}") for role in properties.get("Roles", [])]
            for allowed in self._allowed(stack, properties["PolicyDocument"]):
                yield from ((role, *allowed) for role in roles or [path])

    def _allowed(self, stack: Stack, document: Json) -> Iterator[tuple[str, str]]:
        for statement in document["Statement"]:
            if statement["Effect"] == "Allow":
                for action in _as_list(statement["Action"]):
                    for resource in _as_list(statement["Resource"]):
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


def _as_list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def render(folder: Path) -> str:
    """Return the whole document for an assembly."""
    where: dict[Permission, set[str]] = defaultdict(set)
    for environment, permission in PermissionReader(folder).permissions():
        where[permission].add(environment)
    grouped: dict[tuple[str, str, str, str, str], set[str]] = defaultdict(set)
    for (part, role, action, resource), environments in where.items():
        service, _, name = action.rpartition(":")
        grouped[part, role, resource, ", ".join(sorted(environments)), service].add(name)
    lines = [
        "# Who may do what",
        "",
        "Written by `make permissions` from the synthesized templates: every permission of every role and group, and",
        "what third parties' charts may do in a cluster.",
        "`{Storage/Uploads}` is a resource by its place in the code, `…` the name of the environment or of an asset.",
    ]
    last_part = last_role = ""
    for (part, role, resource, names, service), actions in sorted(grouped.items()):
        if part != last_part:
            last_part, last_role = part, ""
            lines += ["", f"## {part}", "", "| role | may | on | in |", "| --- | --- | --- | --- |"]
        may = f"{service}: {', '.join(sorted(actions))}" if service else ", ".join(actions)
        lines.append(f"| {role if role != last_role else ''} | {may} | `{resource}` | {names} |")
        last_role = role
    return "\n".join([*lines, *_third_parties(), ""])


def _third_parties() -> Iterator[str]:
    """Yield the section of rights that third parties' charts have in a cluster."""
    for facts in chart_facts():
        yield from ("", f"## Chart {facts.chart} {facts.version} on Google Cloud", "")
        yield f"In Kubernetes, rendered {facts.rendered} with the values of the stacks; SHA-256 of the archive"
        yield from (
            f"`{facts.digest}`.",
            "",
            "| service account | may | on | in the namespace |",
            "| --- | --- | --- | --- |",
        )
        yield from sorted({row for item in facts.objects for row in _bound(item, facts.objects)})


def _bound(binding: Mapping[str, Json], objects: Sequence[Mapping[str, Json]]) -> Iterator[str]:
    """Yield a row for each rule that a binding grants; a role of Kubernetes itself by its name."""
    if not str(binding["kind"]).endswith("RoleBinding"):
        return
    named = binding["roleRef"]["kind"], binding["roleRef"]["name"]
    role = next((item for item in objects if (item["kind"], item["metadata"]["name"]) == named), None)
    where = binding["metadata"]["namespace"] if binding["kind"] == "RoleBinding" else "all"
    for subject in binding["subjects"]:
        if role is None:
            yield f"| {subject['name']} | everything of | `{named[1]}` | {where} |"
        for rule in role["rules"] if role else ():
            on = ", ".join(rule.get("resources", rule.get("nonResourceURLs", [])))
            only = f" `{', '.join(rule['resourceNames'])}`" if "resourceNames" in rule else ""
            yield f"| {subject['name']} | {', '.join(sorted(rule['verbs']))} | {on}{only} | {where} |"
