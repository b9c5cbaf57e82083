"""Snapshot of a stack: production's as a whole, another environment's as its differences from production's."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

from assembly import Stack
from assembly.values import Json
from environments import Environment
from tests.stacks.snapshot_yaml import to_yaml

_WITHOUT = "Without"
_INDEX = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True)
class Names:
    """Names that each environment has of its own, and that would make all else differ.

    Attributes:
        values: the names by what they name, each before those that may be a part of it.
    """

    values: Mapping[str, str]

    @classmethod
    def of(cls, environment: Environment) -> Self:
        account = environment.account
        return cls(
            {
                **({"project": account.gcp.project} if account.gcp else {}),
                "domain": account.domain,
                "account": account.aws_account_id,
                "Environment": environment.title,
                "environment": environment.name,
            }
        )

    def hidden(self, value: Json) -> Json:
        """Return a value with ``<project>`` and the like for the names; ``shown`` takes it back."""
        return _replaced(value, self._hide)

    def shown(self, value: Json) -> Json:
        return _replaced(value, self._show)

    def _hide(self, text: str) -> str:
        for key, name in self.values.items():
            # A word, as in goodies-dev, but not the end of a domain; or behind the application's, as in GoodiesDev.
            pattern = rf"(?<![A-Za-z0-9.]){re.escape(name)}(?![A-Za-z0-9])|(?<=Goodies){re.escape(name)}"
            if key == "domain":
                pattern = re.escape(name)
            text = re.sub(pattern, f"<{key}>", text)
        return text

    def _show(self, text: str) -> str:
        for key, name in self.values.items():
            text = text.replace(f"<{key}>", name)
        return text


class Snapshots:
    """Snapshots of all stacks of a cloud.

    Attributes:
        documents: all that each stack deploys, by the stack's name.
    """

    def __init__(
        self, stacks: Mapping[str, Stack], documents: Mapping[str, Json], environments: tuple[Environment, ...]
    ) -> None:
        self.documents = documents
        self._environment_of = {name: stack.environment for name, stack in stacks.items()}
        self._names = {environment.name: Names.of(environment) for environment in environments}
        (self._production,) = (item.name for item in environments if item.stage == "production")

    def content(self, name: str) -> Json:
        """Return the content of a stack's file."""
        environment = self._environment_of[name]
        document, production = self.documents[name], self.of_production(name)
        if production is None:
            return document
        names = self._names[environment]
        changes = differences(names.hidden(document), self._names[self._production].hidden(production))
        return {"Names": dict(names.values), **names.shown(changes)}

    def text(self, name: str) -> str:
        """Return a stack's file."""
        comment = ""
        if self.of_production(name) is not None:
            other = self._stack_of_production(name)
            comment = f"# {name} is {other} with these names and differences; [0] is the first item of a list.\n"
        return comment + to_yaml(self.content(name))

    def of_production(self, name: str) -> Json:
        """Return the document of the same stack of production; none for production's own and for what is shared."""
        if self._environment_of[name] not in self._names.keys() - {self._production}:
            return None
        return self.documents.get(self._stack_of_production(name))

    def _stack_of_production(self, name: str) -> str:
        hidden = self._names[self._environment_of[name]].hidden(name)
        return str(self._names[self._production].shown(hidden))

    def recovered(self, name: str) -> Json:
        """Return the document of a stack as it follows from its file and production's."""
        content, production = self.content(name), self.of_production(name)
        if production is None:
            return content
        names = Names(content["Names"])
        changes = names.hidden({key: value for key, value in content.items() if key != "Names"})
        return names.shown(applied(changes, self._names[self._production].hidden(production)))


def differences(value: Json, production: Json) -> Json:
    """Return what turns production's value into another.

    For mappings: the values that differ, and the keys that are left out. For lists of one length: the items that
    differ, by index. For all else: the value.
    """
    if isinstance(value, dict) and isinstance(production, dict):
        gone = [key for key in production if key not in value]
        changed = {
            key: differences(item, production[key]) if key in production else item
            for key, item in value.items()
            if key not in production or item != production[key]
        }
        return {**({_WITHOUT: gone} if gone else {}), **changed}
    if isinstance(value, list) and isinstance(production, list) and len(value) == len(production):
        pairs = enumerate(zip(value, production, strict=True))
        return {f"[{index}]": differences(own, other) for index, (own, other) in pairs if own != other}
    return value


def applied(changes: Json, production: Json) -> Json:
    """Return the value whose differences from production's these are."""
    if isinstance(changes, dict) and isinstance(production, dict):
        kept = {key: value for key, value in production.items() if key not in changes.get(_WITHOUT, ())}
        changed = {key: value for key, value in changes.items() if key != _WITHOUT}
        return {**kept, **{key: applied(value, kept[key]) if key in kept else value for key, value in changed.items()}}
    if isinstance(changes, dict) and isinstance(production, list):
        items = list(production)
        for key, value in changes.items():
            index = int(_INDEX.fullmatch(key)[1])  # type: ignore[index]
            items[index] = applied(value, items[index])
        return items
    return changes


def _replaced(value: Json, change: Callable[[str], str]) -> Json:
    match value:
        case str():
            return change(value)
        case dict():
            return {change(key): _replaced(item, change) for key, item in value.items()}
        case list():
            return type(value)(_replaced(item, change) for item in value)
    return value
