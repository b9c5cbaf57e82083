"""Validation of a file against its model, with pydantic's errors in the words of the file's author."""

import json
from difflib import get_close_matches
from typing import TypeVar, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from environments.errors import InputError
from environments.reading import KeyPath, Source
from environments.value_types import Settings

Model = TypeVar("Model", bound=Settings)
# Pydantic's end of the path of a name in a mapping of names.
_NAME = "[key]"
_PLAIN_WORDS = {
    "a valid string": "text, in quotes",
    "a valid tuple": "a list",
    "a valid array": "a list",
    "a valid boolean": "true or false",
    "a valid integer": "a valid integer in plain decimals, such as 1000",
}


def validate(model: type[Model], source: Source) -> Model | None:
    """Return a file's settings, or add to the source's errors what does not fit and return nothing."""
    if not source.places:
        return None
    try:
        return model.model_validate_json(json.dumps(source.content))
    except ValidationError as caught:
        known = {error.key for error in source.errors}
        errors = [_error(model, source, details) for details in caught.errors(include_url=False)]
        source.errors.extend(error for error in errors if error.key not in known)
        return None


def _error(model: type[Settings], source: Source, details: ErrorDetails) -> InputError:
    path = details["loc"][:-1] if details["loc"][-1:] == (_NAME,) else details["loc"]
    if details["type"] == "extra_forbidden":
        return source.error(path, _nearest(_settings_at(model, path[:-1]), str(path[-1])), given="an unknown key")
    if details["type"] == "missing":
        return source.error(path, "this key has no default and must be written")
    if details["type"] == "model_type":
        return source.error(path, f"a mapping with {_known_keys(_settings_at(model, path))}")
    return source.error(path, _description(_field_at(model, path), details) or _in_plain_words(details["msg"]))


def _nearest(model: type[Settings], key: str) -> str:
    matches = get_close_matches(key[:100], model.model_fields, n=1, cutoff=0.5)
    return f"did you mean {matches[0]}?" if matches else f"known are {_known_keys(model)}"


def _known_keys(model: type[Settings]) -> str:
    return ", ".join(model.model_fields)


def _description(field: FieldInfo | None, details: ErrorDetails) -> str | None:
    """Return the model's description of a text, or of the texts of a list or mapping; else none."""
    if field is None or not details["type"].startswith("string_"):
        return None
    metadata = (getattr(item, "__metadata__", ()) for item in get_args(field.annotation))
    inner = [item.description for items in metadata for item in items if isinstance(item, FieldInfo)]
    return field.description or (inner[0 if details["loc"][-1] == _NAME else -1] if inner else None)


def _in_plain_words(message: str) -> str:
    text = message.removeprefix("Value error, ").removeprefix("Input should be ")
    for theirs, ours in _PLAIN_WORDS.items():
        text = text.replace(theirs, ours)
    return text


def _settings_at(model: type[Settings], path: KeyPath) -> type[Settings]:
    """Return the model of the mapping at a path; the outermost one if the path leads nowhere."""
    field = _field_at(model, path)
    return _settings_in(field.annotation) or model if field else model


def _field_at(model: type[Settings], path: KeyPath) -> FieldInfo | None:
    here: type[Settings] | None = model
    field = None
    for key in path:
        if isinstance(key, int) or (field and get_origin(field.annotation) is dict):
            continue
        field = here.model_fields.get(key) if here else None
        here = _settings_in(field.annotation) if field else None
    return field


def _settings_in(annotation: object) -> type[Settings] | None:
    """Return the model inside ``Model``, ``Model | None`` or ``tuple[Model, ...]``."""
    candidates = (annotation, *get_args(annotation))
    return next((item for item in candidates if isinstance(item, type) and issubclass(item, Settings)), None)
