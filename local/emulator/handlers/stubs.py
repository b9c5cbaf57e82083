"""Stubs: handlers for types whose service MiniStack does not have; their resources are recorded, not exercised.

Nothing is behind such a resource, so nothing is proven but that its properties satisfy CloudFormation's schema and that
those who refer to it get an answer. Its record is the stack's own, which MiniStack keeps and persists.
"""

import hashlib
from typing import Any

from ministack.core.responses import get_account_id, get_region
from typing_extensions import override

from local.emulator.handlers.base import Handler, Resource
from local.emulator.ministack_internals import PHYSICAL_NAME
from local.emulator.schemas import Properties, identifier, read_only, schema


class Stub(Handler):
    """Any type of the registry: its schema says what it needs, what names it and what it answers."""

    def __init__(self, type_name: str) -> None:
        self._type = type_name

    @override
    def create(self, logical_id: str, properties: Properties, stack: str) -> Resource:
        name = str(PHYSICAL_NAME.value(stack, logical_id, max_len=64))
        made = {attribute: self._make(attribute, name) for attribute in read_only(self._type)}
        names = [str(properties.get(part) or made.get(part) or name) for part in identifier(self._type)]
        return "|".join(names) or name, made

    @override
    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Resource:
        return self.create(logical_id, new, stack)

    @override
    def delete(self, physical_id: str, properties: Properties) -> None:
        pass

    def _make(self, attribute: str, name: str) -> Any:
        match self._value_type(attribute):
            case "integer" | "number":
                return 0
            case "boolean":
                return False
            case "array":
                return []
            case "object":
                return {}
        if attribute.endswith("Arn"):
            service, kind = self._type.removeprefix("AWS::").lower().split("::", 1)
            return f"arn:aws:{service}:{get_region()}:{get_account_id()}:{kind}/{name}"
        return name if attribute.endswith("Name") else hashlib.sha256(f"{name}{attribute}".encode()).hexdigest()[:17]

    def _value_type(self, attribute: str) -> str:
        definition: Any = schema(self._type)
        for part in attribute.split("."):
            definition = definition.get("properties", {}).get(part, {})
            if "$ref" in definition:
                definition = schema(self._type)["definitions"].get(definition["$ref"].rsplit("/", 1)[-1], {})
        return str(definition.get("type", "string"))
