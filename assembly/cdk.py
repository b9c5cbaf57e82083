"""Reader of the stacks that ``cdk synth`` wrote."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from assembly.files import file_in, read_object
from assembly.model import Resource, Stack
from assembly.references import unambiguous
from assembly.values import Json

STACK = "aws:cloudformation:stack"
_LOGICAL_ID = "aws:cdk:logicalId"


def stacks(folder: Path, manifest: Mapping[str, Json], prepared: Callable[[str], str]) -> Iterator[Stack]:
    """Yield the stacks of a folder in the order of the manifest.

    Raises:
        AssemblyError: a file is missing or damaged.
    """
    artifacts = {key: artifact for key, artifact in manifest["artifacts"].items() if artifact.get("type") == STACK}
    names = {key: artifact["properties"].get("stackName", key) for key, artifact in artifacts.items()}
    for key, artifact in artifacts.items():
        metadata = artifact.get("additionalMetadataFile")
        yield _stack(
            names[key],
            artifact,
            file_in(folder, artifact["properties"]["templateFile"]),
            prepared,
            paths=unambiguous(
                _paths(key, read_object(file_in(folder, metadata)) if metadata else artifact.get("metadata", {}))
            ),
            dependencies=frozenset(names[other] for other in artifact.get("dependencies", ()) if other in names),
        )


def _stack(
    name: str,
    artifact: Json,
    file: Path,
    prepared: Callable[[str], str],
    *,
    paths: Mapping[str, str],
    dependencies: frozenset[str],
) -> Stack:
    template = read_object(file, prepared)
    properties = artifact["properties"]
    tags = properties.get("tags", {})
    account, region = artifact["environment"].removeprefix("aws://").split("/")
    own = tags or _tags_of_resources(template)
    component = own.get("component", "")
    return Stack(
        name=name,
        cloud="aws",
        environment=own.get("environment", "shared"),
        component=component,
        account=account,
        region=region,
        protected=bool(properties.get("terminationProtection")),
        dependencies=dependencies,
        tags=tags,
        bootstrap_version=int(properties.get("requiresBootstrapStackVersion", 0)),
        file=file,
        template=template,
        paths=paths,
        resources={
            logical_id: Resource(
                stack=name,
                id=logical_id,
                type=str(body.get("Type")),
                path=paths.get(logical_id, logical_id),
                component=component,
                region=region,
                body=body,
                properties=body.get("Properties", {}),
            )
            for logical_id, body in _section(template, "Resources").items()
        },
        outputs={output: body.get("Value") for output, body in _section(template, "Outputs").items()},
    )


def _tags_of_resources(template: Json) -> Mapping[str, str]:
    """Return the tags of the first resource that says its environment, where the stack hands none down."""
    for body in _section(template, "Resources").values():
        properties = body.get("Properties")
        written = properties.get("Tags") if isinstance(properties, dict) else None
        if isinstance(written, list):
            tags = {
                tag["Key"]: tag["Value"]
                for tag in written
                if isinstance(tag, dict) and isinstance(tag.get("Key"), str) and "Value" in tag
            }
            if "environment" in tags:
                return tags
    return {}


def _section(template: Json, name: str) -> Mapping[str, Json]:
    """Return the entries of a section that are objects, as all are in a valid template."""
    section = template.get(name)
    return {key: body for key, body in section.items() if isinstance(body, dict)} if isinstance(section, dict) else {}


def _paths(stack: str, metadata: Mapping[str, Json]) -> Mapping[str, str]:
    return {
        str(entry["data"]): re.sub("/(Resource|Default)$", "", path.removeprefix(f"/{stack}/"))
        for path, entries in metadata.items()
        for entry in entries
        if entry.get("type") == _LOGICAL_ID
    }
