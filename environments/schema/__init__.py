"""JSON Schemas of the environments' files, generated from the model: editors complete, explain and check with them."""

import inspect
import json
import re
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from environments.model import EnvironmentFile
from environments.policy import Policy
from environments.value_types import Settings

FOLDER = Path(__file__).parent
_FILES: dict[str, type[Settings]] = {"environment.schema.json": EnvironmentFile, "policy.schema.json": Policy}
_ATTRIBUTE = re.compile(r"^    (\w+): (.*(?:\n        .*)*)", re.MULTILINE)


class _Explained(GenerateJsonSchema):
    """Generator that describes each property with the docstring of its class."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        result = super().model_schema(schema)
        summary, attributes = explanations(schema["cls"])
        result["description"] = summary
        for name, details in result.get("properties", {}).items():
            details.pop("title", None)
            form = details.pop("description", None)
            details["description"] = f"{attributes[name]} Written as {form}." if form else attributes[name]
        return result


def explanations(model: type[Any]) -> tuple[str, dict[str, str]]:
    """Return a model's summary and the description of each attribute, from its docstring."""
    summary, _, attributes = inspect.cleandoc(model.__doc__ or "").partition("Attributes:\n")
    texts = {name: " ".join(text.split()).replace("``", "") for name, text in _ATTRIBUTE.findall(attributes)}
    return " ".join(summary.split()), {name: text[:1].upper() + text[1:] for name, text in texts.items()}


def schemas() -> dict[Path, str]:
    """Return the content of each schema file."""
    return {FOLDER / name: _text(model) for name, model in _FILES.items()}


def _text(model: type[Settings]) -> str:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **model.model_json_schema(schema_generator=_Explained),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
