"""References in synthesized output: ``Ref``, ``Fn::GetAtt``, ``Fn::GetStackOutput``; Terraform's ``${type.name}``."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from assembly.values import Json

_ADDRESS = re.compile(r"\b((?:data\.)?[a-z][a-z0-9_]*\.[A-Za-z_][\w-]*)(?=[.\[}\s,)]|$)")
_WHOLE_ADDRESS = re.compile(r"(?:data\.)?[a-z][a-z0-9_]*\.[A-Za-z_][\w-]*")


class Reference(NamedTuple):
    """A reference within a template.

    Attributes:
        name: a logical id, or a parameter: ``AWS::Region``.
        attribute: of ``Fn::GetAtt``; empty for ``Ref``.
    """

    name: str
    attribute: str = ""


class StackOutput(NamedTuple):
    """A weak reference to another stack.

    Attributes:
        stack: name of that stack.
        output: name of its output.
    """

    stack: str
    output: str


def reference(value: Json) -> Reference | StackOutput | None:
    """Return the reference that a value of a template is; None where it is something else."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    match value:
        case {"Ref": str(name)}:
            return Reference(name)
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return Reference(name, attribute)
        case {"Fn::GetStackOutput": {"StackName": str(stack), "OutputName": str(output)}}:
            return StackOutput(stack, output)
    return None


def stack_outputs(value: Json) -> Iterator[StackOutput]:
    """Yield each reference to another stack in a value."""
    found = reference(value)
    if isinstance(found, StackOutput):
        yield found
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from stack_outputs(item)


def addresses(text: str) -> list[str]:
    """Return the addresses in a Terraform expression: ``google_storage_bucket.Uploads``, ``data.google_project.it``.

    A text without ``${`` counts where all of it is an address, as in ``depends_on``.
    """
    if "${" in text:
        return _ADDRESS.findall(text)
    return [text] if _WHOLE_ADDRESS.fullmatch(text) else []


def addresses_in(value: Json) -> Iterator[str]:
    """Yield the addresses in the expressions of a value."""
    if isinstance(value, str):
        yield from addresses(value)
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from addresses_in(item)


def with_addresses(text: str, name: Callable[[str], str]) -> str:
    """Return an expression of Terraform in which ``name`` has replaced each address."""
    return _ADDRESS.sub(lambda found: name(found[1]), text) if "${" in text else text


def unambiguous(paths: Mapping[str, str]) -> Mapping[str, str]:
    """Return the paths of elements by id; with the id behind a path that several say they stand at.

    The application writes the paths itself, so that one element could pass for another.
    """
    counts = Counter(paths.values())
    return {key: f"{path} ({key})" if counts[path] > 1 else path for key, path in paths.items()}
