"""Rules of the review: promises, types and settings that exist where the clouds define them."""

import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

from assembly.stateful import STATEFUL
from review.model.danger import Allowance
from review.model.rules import Rule, rules
from review.render.text import promises

PROVIDERS = ("google", "kubernetes")


def every_rule() -> list[Rule]:
    return [rule for several in rules().weakened.values() for rule in several]


def test_every_promise_is_one_of_the_plan() -> None:
    named = {name for rule in every_rule() for name in rule.promises}
    named |= {name for row in rules().required for name in row.promises}
    assert named - set(promises()) == set()


def test_every_approval_is_on_the_closed_list() -> None:
    assert {rule.allowance for rule in every_rule()} <= set(Allowance)


@cache
def _properties(kind: str) -> dict[str, object]:
    found: dict[str, object] = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema["properties"]
    return found


def aws_settings() -> Iterator[tuple[str, str]]:
    known = rules()
    for rule in every_rule():
        yield rule.type, rule.setting
    for kind in STATEFUL:
        yield kind, ""
    for kind, names in known.in_place.items():
        yield from ((kind, name) for name in names)
    for required in known.required:
        yield from ((required.type, name) for name in ["", *required.where])
    for meaning in known.meanings:
        yield from ((meaning.type, name) for name in ["", *meaning.settings])


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


@pytest.mark.parametrize("provider", [name for name in PROVIDERS if _written(f"{name}_provider")])
def test_every_setting_with_terraform_is_an_argument_of_its_type(provider: str) -> None:
    known = rules()
    settings = [(rule.type, rule.setting) for rule in every_rule()]
    settings += [(kind, "") for kind in STATEFUL]
    settings += [(kind, name) for kind, names in known.replaced_only_when_shrunk.items() for name in names]
    settings += [(required.type, "") for required in known.required]
    settings += [(meaning.type, name) for meaning in known.meanings for name in ["", *meaning.settings]]
    wrong = [
        f"{kind}: {setting}"
        for kind, setting in settings
        if kind.startswith(f"{provider}_")
        and not all(re.search(rf'"{name}": "\w+"|\b{name}: ', _written(kind)) for name in setting.split(".") if name)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("rule", "before", "after", "broken"),
    [
        (Rule("T", "on", "off", "Unprotect", ""), {"on": True}, {"on": False}, True),
        (Rule("T", "on", "off", "Unprotect", ""), {"on": True}, {}, True),
        (Rule("T", "on", "off", "Unprotect", "", default=True), {"on": True}, {}, False),
        (Rule("T", "on", "off", "Unprotect", ""), {"on": False}, {"on": True}, False),
        (Rule("T", "on", "off", "Unprotect", ""), {"on": "true"}, {"on": "false"}, True),
        (Rule("T", "public", "on", "Open", "", default=True), {"public": False}, {}, True),
        (Rule("T", "days", "lower", "Reduce", ""), {"days": 7}, {"days": 3}, True),
        (Rule("T", "days", "lower", "Reduce", ""), {"days": 7}, {"days": "14"}, False),
        (Rule("T", "days", "lower", "Reduce", "", default=float("inf")), {}, {"days": 14}, True),
        (Rule("T", "days", "lower", "Reduce", "", default=float("inf")), {"days": 14}, {}, False),
        (
            Rule("T", "rules.days", "lower", "Reduce", ""),
            {"rules": [{"days": 7}, {"days": 9}]},
            {"rules": [{"days": 7}]},
            True,
        ),
        (Rule("T", "limit", "higher", "Open", ""), {"limit": 100}, {"limit": 200}, True),
        (Rule("T", "key", "gone", "Weaken", ""), {"key": "k"}, {}, True),
        (Rule("T", "key", "gone", "Weaken", ""), {"key": "k"}, {"key": "other"}, False),
        (Rule("T", "tls", ["1.3", "1.2"], "Weaken", ""), {"tls": "1.3"}, {"tls": "1.2"}, True),
        (Rule("T", "tls", ["1.3", "1.2"], "Weaken", ""), {"tls": "1.2"}, {"tls": "1.3"}, False),
        (Rule("T", "tls", ["1.3", "1.2"], "Weaken", ""), {"tls": "1.2"}, {"tls": "unheard of"}, True),
        (
            Rule("T", "n", "changed", "Change", "", where={"name": "-Critical$"}),
            {"n": 1, "name": "A"},
            {"n": 2, "name": "A"},
            False,
        ),
    ],
)
def test_a_setting_is_worse_or_not(rule: Rule, before: object, after: object, broken: bool) -> None:
    assert rule.broken(before, after) is broken
