"""Who may do what: the permissions of every role, read from the synthesized templates (SEC-2, SEC-9, SEC-12).

``python -m tools.permissions`` reads ``cdk.out`` and writes ``docs/permissions.md``. What is the same in several
environments stands there once.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
REPORT = ROOT / "docs" / "permissions.md"

Json = Any


@dataclass(frozen=True)
class Stack:
    """A synthesized stack.

    Attributes:
        environment: the tag of that name.
        part: the stack's name without that of its environment.
        paths: where each logical id stands in the construct tree.
    """

    name: str
    environment: str
    template: Json
    paths: Mapping[str, str]

    @property
    def part(self) -> str:
        """The stack's name without that of its environment, as a reader finds it."""
        whole, _, part = self.name.partition("-")
        return (part or "(operations)") if self.environment != "shared" else f"{whole}{'-' + part if part else ''}"


class Assembly:
    """The stacks of a synthesis, in which references can be followed."""

    def __init__(self, folder: Path) -> None:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        self.stacks = {
            name: self._stack(folder, name, artifact)
            for name, artifact in manifest["artifacts"].items()
            if artifact["type"] == "aws:cloudformation:stack"
        }

    def _stack(self, folder: Path, name: str, artifact: Json) -> Stack:
        properties = artifact["properties"]
        metadata = json.loads((folder / artifact["additionalMetadataFile"]).read_text(encoding="utf-8"))
        paths = {
            entry["data"]: path.removeprefix(f"/{name}/").removesuffix("/Resource").removesuffix("/Default")
            for path, entries in metadata.items()
            for entry in entries
            if entry["type"] == "aws:cdk:logicalId"
        }
        template = json.loads((folder / properties["templateFile"]).read_text(encoding="utf-8"))
        return Stack(name, properties["tags"]["environment"], template, paths)

    def text(self, value: Json, stack: Stack) -> str:
        """Return a value with its references replaced by the places that they mean."""
        match value:
            case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), _]}:
                return f"{{{stack.paths[name]}}}" if name in stack.paths else ""
            case {"Fn::GetStackOutput": {"StackName": str(name), "OutputName": str(output)}}:
                other = self.stacks[name]
                return self.text(other.template["Outputs"][output]["Value"], other)
            case {"Fn::Join": [str(separator), [*parts]]}:
                return separator.join(self.text(part, stack) for part in parts)
            case {"Fn::Sub": str(text)}:
                return text
        return str(value)


def permissions(assembly: Assembly) -> Iterator[tuple[Stack, str, str, str]]:
    """Return stack, role, action and resource of whatever is allowed."""
    for stack in assembly.stacks.values():
        resources = stack.template["Resources"]
        for key, body in resources.items():
            properties = body.get("Properties", {})
            if body["Type"] == "AWS::IAM::Role":
                yield from ((stack, stack.paths[key], *said) for said in _of_role(assembly, stack, properties))
            elif body["Type"] in {"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"}:
                holders = [*properties.get("Roles", []), *properties.get("Groups", [])]
                names = [assembly.text(holder, stack).strip("{}") for holder in holders] or [stack.paths[key]]
                for said in _allowed(assembly, stack, properties["PolicyDocument"]):
                    yield from ((stack, name, *said) for name in names)


def _of_role(assembly: Assembly, stack: Stack, properties: Json) -> Iterator[tuple[str, str]]:
    for managed in properties.get("ManagedPolicyArns", []):
        yield f"({assembly.text(managed, stack).rpartition('/')[2] or 'a policy of AWS'})", "as AWS defines it"
    for policy in properties.get("Policies", []):
        yield from _allowed(assembly, stack, policy["PolicyDocument"])


def _allowed(assembly: Assembly, stack: Stack, document: Json) -> Iterator[tuple[str, str]]:
    for statement in document["Statement"]:
        if statement["Effect"] == "Allow":
            for action in _many(statement["Action"]):
                for resource in _many(statement["Resource"]):
                    yield action, _short(assembly.text(resource, stack), stack)


def _short(resource: str, stack: Stack) -> str:
    """Return a resource without what every ARN repeats, and without the name of its environment."""
    name = re.sub(r"^arn:[^:]*:([^:]*):[^:]*:[^:]*:", r"\1:", resource)
    return name.replace(f"/{stack.environment}/", "/…/").replace(f"-{stack.environment}", "-…")


def _many(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def report(folder: Path) -> str:
    """Return the table as a page."""
    assembly = Assembly(folder)
    rows: dict[tuple[str, str, str, str], set[str]] = defaultdict(set)
    for stack, role, action, resource in permissions(assembly):
        service, _, name = action.partition(":")
        rows[stack.part, role, f"{service}:" if name else service, resource].add(stack.environment)
    actions: dict[tuple[str, str, str, str], set[str]] = defaultdict(set)
    for stack, role, action, resource in permissions(assembly):
        service, _, name = action.partition(":")
        actions[stack.part, role, f"{service}:" if name else service, resource].add(name)
    lines = [
        "# Who may do what",
        "",
        "Written by `python -m tools.permissions` from the synthesized templates: every permission of every role and group.",
        "`{Data/Storage/Uploads}` is a resource by its place in the code, `…` the name of the environment.",
    ]
    part = role = ""
    for key in sorted(rows):
        if key[0] != part:
            part, role = key[0], ""
            lines += ["", f"## {part}", "", "| role | may | on | in |", "| --- | --- | --- | --- |"]
        names = ", ".join(sorted(actions[key]))
        may = f"{key[2]}{names}"
        lines.append(f"| {key[1] if key[1] != role else ''} | {may} | `{key[3]}` | {', '.join(sorted(rows[key]))} |")
        role = key[1]
    return "\n".join([*lines, ""])


def main() -> None:
    """Write the page anew."""
    REPORT.write_text(report(ROOT / "cdk.out"), encoding="utf-8")


if __name__ == "__main__":
    main()
