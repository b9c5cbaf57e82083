"""Schemas of CloudFormation's resource types, as cfn-lint ships them.

CloudFormation refuses a resource that breaks its schema before it calls any service. MiniStack has no schemas, so a
misspelt or missing property would pass it unseen; with these it is refused here too.
"""

import importlib.util
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
from jsonschema.exceptions import ValidationError  # type: ignore[import-untyped]
from jsonschema.validators import extend  # type: ignore[import-untyped]

Properties = dict[str, Any]

_SECTION = "/properties/"
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def known_types() -> frozenset[str]:
    """Every resource type that CloudFormation's registry publishes."""
    return frozenset(_index())


@cache
def schema(type_name: str) -> Mapping[str, Any]:
    """The registry's schema of a type; empty for custom resources and other types outside the registry."""
    name = _index().get(type_name)
    return json.loads((_directory() / "resources" / f"{name}.json").read_text()) if name else {}


def read_only(type_name: str) -> tuple[str, ...]:
    """The attributes that only AWS sets, as ``Fn::GetAtt`` names them (``Endpoint.Address``)."""
    return _names(type_name, "readOnlyProperties")


def create_only(type_name: str) -> tuple[str, ...]:
    """The properties that cannot change: a change replaces the resource."""
    return _names(type_name, "createOnlyProperties")


def identifier(type_name: str) -> tuple[str, ...]:
    """The properties that together name a resource of the type."""
    return _names(type_name, "primaryIdentifier")


def refuse_invalid(type_name: str, properties: Properties) -> None:
    """Raise what CloudFormation answers to properties that break the schema of their type.

    Raises:
        ValueError: all problems, each with its place, much as CloudFormation words them.
    """
    definition = schema(type_name)
    if not definition:
        return
    problems = [f"#: extraneous key [{name}] is not permitted" for name in read_only(type_name) if name in properties]
    problems += [
        f"#/{'/'.join(map(str, error.absolute_path))}: {error.message}"
        for error in _validator(type_name).iter_errors(properties)
    ]
    if problems:
        raise ValueError(f"Properties validation failed for {type_name}: {'; '.join(problems)}")


@cache
def _directory() -> Path:
    package = importlib.util.find_spec("cfnlint")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("cfn-lint is not installed; it carries the registry schemas")
    return Path(package.origin).parent / "data" / "schemas"


@cache
def _index() -> Mapping[str, str]:
    types: dict[str, str] = json.loads((_directory() / "providers" / "us-east-1.json").read_text())
    return {name: file for name, file in types.items() if name.startswith("AWS::")}


def _names(type_name: str, section: str) -> tuple[str, ...]:
    return tuple(
        pointer.removeprefix(_SECTION).replace("/", ".")
        for pointer in schema(type_name).get(section, ())
        if "*" not in pointer
    )


@cache
def _validator(type_name: str) -> Any:
    return _Validator(_without_patterns(schema(type_name)))


def _without_patterns(definition: Any) -> Any:
    """A definition whose maps take any key: the registry's patterns are in Java's dialect."""
    if isinstance(definition, list):
        return [_without_patterns(item) for item in definition]
    if not isinstance(definition, Mapping):
        return definition
    plain = {key: _without_patterns(value) for key, value in definition.items() if key != "patternProperties"}
    values = definition.get("patternProperties")
    return plain | ({"additionalProperties": _without_patterns(next(iter(values.values())))} if values else {})


# A template's scalars may be strings ("5432", "true"): CloudFormation converts them before the service sees them.
def _is_number(_: object, value: object) -> bool:
    return (isinstance(value, int | float) and not isinstance(value, bool)) or (
        isinstance(value, str) and _NUMBER.fullmatch(value) is not None
    )


def _is_boolean(_: object, value: object) -> bool:
    return isinstance(value, bool) or value in ("true", "false", "True", "False")


def _is_string(_: object, value: object) -> bool:
    return isinstance(value, str | int | float)


def _unchecked(*_: object) -> Iterable[ValidationError]:
    return ()


def _required_or(_: object, names: list[str], instance: object, __: object) -> Iterator[ValidationError]:
    if isinstance(instance, dict) and not any(name in instance for name in names):
        yield ValidationError(f"one of {names} is required")


def _required_xor(_: object, names: list[str], instance: object, __: object) -> Iterator[ValidationError]:
    if isinstance(instance, dict) and sum(name in instance for name in names) != 1:
        yield ValidationError(f"exactly one of {names} is required")


_Validator: Any = extend(
    jsonschema.Draft201909Validator,
    validators={
        "requiredOr": _required_or,
        "requiredXor": _required_xor,
        # Names and ARNs made by an emulator need not match the service's own patterns, and a number written
        # as a string has no bounds to compare.
        **dict.fromkeys(
            ("pattern", "format", "minimum", "maximum", "minLength", "maxLength", "multipleOf"), _unchecked
        ),
    },
    type_checker=jsonschema.Draft201909Validator.TYPE_CHECKER.redefine_many(
        {"number": _is_number, "integer": _is_number, "boolean": _is_boolean, "string": _is_string}
    ),
)
