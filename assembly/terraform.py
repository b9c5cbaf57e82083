"""Reader of the stacks that ``cdktf synth`` wrote."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from assembly.files import file_in, read_object
from assembly.model import Resource, Stack
from assembly.references import unambiguous
from assembly.values import Json, at


def stacks(folder: Path, manifest: Mapping[str, Json], prepared: Callable[[str], str]) -> Iterator[Stack]:
    """Yield the stacks of a folder.

    Raises:
        AssemblyError: a file is missing or damaged.
    """
    for name, entry in manifest.get("stacks", {}).items():
        file = file_in(folder, entry["synthesizedStackPath"])
        yield stack(name, read_object(file, prepared), file, frozenset(entry.get("dependencies", ())))


def stack(name: str, template: Json, file: Path = Path(), dependencies: frozenset[str] = frozenset()) -> Stack:
    """Return a stack; the first construct on the path of a resource is its component.

    A resource is in the region of the provider; where that has none, in its own location.
    """
    cloud, _, environment = name.partition("-")
    region = _of_provider(template, "region")
    bodies = dict(elements(template))
    elements_read = [*bodies.items(), *elements(template, "data")]
    paths = unambiguous({address: _path(body, name) or address for address, body in elements_read})
    return Stack(
        name=name,
        cloud=cloud,
        environment=environment or "shared",
        component="",
        account=_of_provider(template, "project") or _of_provider(template, "subscription_id"),
        region=region,
        protected=False,
        dependencies=dependencies,
        tags={},
        bootstrap_version=0,
        file=file,
        template=template,
        paths=paths,
        resources={
            address: Resource(
                stack=name,
                id=address,
                type=address.partition(".")[0],
                path=paths[address],
                component=paths[address].partition("/")[0].lower(),
                region=region or str(body.get("location", "")),
                body=body,
                properties=body,
            )
            for address, body in bodies.items()
        },
        outputs={key: _object(entry).get("value") for key, entry in _object(template.get("output")).items()},
    )


def elements(template: Json, section: str = "resource") -> Iterator[tuple[str, Json]]:
    """Yield address and body of each element of a section: ``resource``, ``data``.

    Terraform takes a list of objects for an object at each level ("JSON Configuration Syntax", Nested Block Mapping).
    It refuses two elements of one name.
    """
    prefix = "" if section == "resource" else f"{section}."
    for kinds in blocks(template.get(section)):
        for kind, section_of_kind in kinds.items():
            for named in blocks(section_of_kind):
                for name, body in named.items():
                    several = blocks(body)
                    yield f"{prefix}{kind}.{name}", several[0] if len(several) == 1 else {}


def blocks(section: Json) -> list[dict[str, Json]]:
    """Return the blocks of a section, which may be one or a list."""
    return [block for block in (section if isinstance(section, list) else [section]) if isinstance(block, dict)]


def _path(body: Json, stack: str) -> str:
    return str(next(at(body, "//.metadata.path"), "")).removeprefix(f"{stack}/")


def _of_provider(template: Json, key: str) -> str:
    """Return the value of a provider's setting; empty when no provider sets it."""
    return str(next(at(list(_object(template.get("provider")).values()), key), ""))


def _object(value: Json) -> dict[str, Json]:
    """Return a value that is an object; an empty one for all else, which a valid template does not have there."""
    return value if isinstance(value, dict) else {}
