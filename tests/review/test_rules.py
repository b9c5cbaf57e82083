"""Rules and verdicts of the review: types and settings that exist where the clouds define them."""

import importlib.util
import re
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

from assembly.stateful import STATEFUL
from review.judge.costs import cost_settings
from review.model.rules import rules
from review.model.update_effects import rows
from review.model.verdicts.rows import verdicts
from tests.review.test_verdicts import every_row

PROVIDERS = ("azurerm", "google", "kubernetes")
# Of a resource, and no properties of its type.
_ATTRIBUTES = {"DeletionPolicy", "UpdateReplacePolicy"}


@cache
def _properties(kind: str) -> dict[str, object]:
    found: dict[str, object] = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema["properties"]
    return found


def aws_settings() -> Iterator[tuple[str, str]]:
    known = rules()
    for row in every_row():
        yield row.type, row.setting
    yield from verdicts().defaults
    yield from ((kind, name) for kind, names in cost_settings().items() for name in names)
    for kind in verdicts().types:
        yield kind, ""
    for kind in STATEFUL:
        yield kind, ""
    for kind, names in known.in_place.items():
        yield from ((kind, name) for name in names)
    for effect in rows():
        yield from ((effect.type, name) for name in ["", *effect.settings] if name not in _ATTRIBUTES)


def test_every_setting_on_aws_is_a_property_of_its_type() -> None:
    wrong = [
        f"{kind}: {setting}"
        for kind, setting in aws_settings()
        if kind.startswith("AWS::") and setting and setting.split(".")[0] not in _properties(kind)
    ]
    assert wrong == []


def test_every_type_on_aws_exists() -> None:
    for kind, _ in aws_settings():
        if kind.startswith("AWS::"):
            assert _properties(kind), kind


@cache
def _written(kind: str) -> str:
    """Return the code that CDKTF generated for a type from its provider's schema; nothing where it is not installed."""
    provider, _, name = kind.partition("_")
    package = importlib.util.find_spec(f"cdktf_cdktf_provider_{provider}")
    if package is None or package.origin is None:
        return ""
    return (Path(package.origin).parent / name / "__init__.py").read_text()


def _is_written(kind: str, name: str) -> bool:
    """Return whether a type has an argument; CDKTF calls one like a keyword of Python ``from_``."""
    return bool(re.search(rf'"{name}": "\w+"|\b{name}_?: ', _written(kind)))


@pytest.mark.parametrize("provider", [name for name in PROVIDERS if _written(f"{name}_provider")])
def test_every_setting_with_terraform_is_an_argument_of_its_type(provider: str) -> None:
    settings = [(row.type, row.setting) for row in every_row()]
    settings += [(kind, name) for kind, names in cost_settings().items() for name in names]
    settings += [*verdicts().defaults, *((kind, "") for kind in verdicts().types)]
    settings += [(kind, "") for kind in STATEFUL]
    settings += [(effect.type, name) for effect in rows() for name in ["", *effect.settings]]
    wrong = [
        f"{kind}: {setting}"
        for kind, setting in settings
        if kind.startswith(f"{provider}_")
        and not all(map(partial(_is_written, kind), filter(None, setting.split("."))))
    ]
    assert wrong == []
