"""JSON Schemas of the files: current, and complete."""

import json
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from environments.loading import FOLDER
from environments.model import Environment, EnvironmentFile
from environments.schema import explanations, schemas
from environments.value_types import Settings

COMMENT = "# yaml-language-server: $schema="


@pytest.mark.parametrize("path", schemas(), ids=lambda path: path.name)
def test_schemas_are_current(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == schemas()[path], "run python -m environments.schema"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.name)
def test_every_file_names_a_schema_that_it_satisfies(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    first = text.splitlines()[0]
    assert first.startswith(COMMENT)
    schema = json.loads((FOLDER / first.removeprefix(COMMENT)).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(yaml.safe_load(text))


@pytest.mark.parametrize("model", [*Settings.__subclasses__(), Environment], ids=lambda model: model.__name__)
def test_every_setting_is_explained(model: type[Settings]) -> None:
    inherited = EnvironmentFile.model_fields.keys() if model is Environment else set()
    assert explanations(model)[1].keys() == model.model_fields.keys() - inherited
