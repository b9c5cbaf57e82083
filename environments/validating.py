"""Holds a file against the model and says in its reader's words what does not fit."""

import json
from difflib import get_close_matches
from typing import TypeVar, get_args

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from environments.errors import InputError
from environments.reading import KeyPath, Source
from environments.shapes import Settings

Kind = TypeVar("Kind", bound=Settings)


def validate(kind: type[Kind], source: Source) -> Kind:
    """Return the model of a file.

    What does not fit is added to the source's findings. The model then lacks those values: whoever asks for one gets an
    AttributeError, and what was written correctly can still be judged.
    """
    try:
        return kind.model_validate_json(json.dumps(source.content))
    except ValidationError as error:
        known = {finding.key for finding in source.findings}
        findings = [_finding(kind, source, details) for details in error.errors(include_url=False)]
        source.findings.extend(finding for finding in findings if finding.key not in known)
        return _valid_part(kind, source.content)


def is_complete(model: Settings) -> bool:
    """Whether nothing had to be left out of a model."""
    values = model.__dict__
    nested = (value for value in values.values() if isinstance(value, Settings))
    return values.keys() >= type(model).model_fields.keys() and all(map(is_complete, nested))


def _finding(kind: type[Settings], source: Source, details: ErrorDetails) -> InputError:
    path = details["loc"]
    if details["type"] == "extra_forbidden":
        return source.finding(path, _nearest(_settings_at(kind, path[:-1]), str(path[-1])), given="an unknown key")
    if details["type"] == "missing":
        return source.finding(path, "this key has no default and must be written")
    if details["type"] == "model_type":
        return source.finding(path, f"a mapping with {_known_keys(_settings_at(kind, path))}")
    return source.finding(path, _shape(_field_at(kind, path), details) or _in_plain_words(details["msg"]))


def _nearest(kind: type[Settings], key: str) -> str:
    matches = get_close_matches(key[:100], kind.model_fields, n=1, cutoff=0.5)
    return f"did you mean {matches[0]}?" if matches else f"known are {_known_keys(kind)}"


def _known_keys(kind: type[Settings]) -> str:
    return ", ".join(kind.model_fields)


def _shape(field: FieldInfo | None, details: ErrorDetails) -> str | None:
    """What the model says about the shape of a text, or of a list's texts."""
    if field is None or not details["type"].startswith("string_"):
        return None
    metadata = (getattr(item, "__metadata__", ()) for item in get_args(field.annotation))
    inner = next((item.description for items in metadata for item in items if isinstance(item, FieldInfo)), None)
    return field.description or inner


def _in_plain_words(message: str) -> str:
    text = message.removeprefix("Input should be ").replace("a valid string", "text, in quotes")
    return text.replace("a valid tuple", "a list").replace("a valid array", "a list")


def _settings_at(kind: type[Settings], path: KeyPath) -> type[Settings]:
    """The model that describes the mapping at a path; the outermost one if the path leads nowhere."""
    field = _field_at(kind, path)
    return _settings_in(field.annotation) or kind if field else kind


def _field_at(kind: type[Settings], path: KeyPath) -> FieldInfo | None:
    here: type[Settings] | None = kind
    field = None
    for key in path:
        if isinstance(key, int):
            continue
        field = here.model_fields.get(key) if here else None
        here = _settings_in(field.annotation) if field else None
    return field


def _settings_in(annotation: object) -> type[Settings] | None:
    """The model inside ``Model``, ``Model | None`` or ``tuple[Model, ...]``."""
    candidates = (annotation, *get_args(annotation))
    return next((item for item in candidates if isinstance(item, type) and issubclass(item, Settings)), None)


def _valid_part(kind: type[Kind], content: object) -> Kind:
    given = content if isinstance(content, dict) else {}
    model = kind.model_construct()
    model.__dict__.clear()
    for name, field in kind.model_fields.items():
        if name in given:
            model.__dict__.update(_valid_value(name, field, given[name]))
        elif not field.is_required():
            model.__dict__[name] = field.get_default()
    return model


def _valid_value(name: str, field: FieldInfo, value: object) -> dict[str, object]:
    nested = _settings_in(field.annotation)
    adapter: TypeAdapter[object] = TypeAdapter(field.rebuild_annotation())
    try:
        return {name: adapter.validate_json(json.dumps(value), strict=True)}
    except ValidationError:
        return {name: _valid_part(nested, value)} if nested and isinstance(value, dict) else {}
