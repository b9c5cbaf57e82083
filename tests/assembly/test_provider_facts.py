"""Provider facts that are kept: those of the types, arguments and versions in use, and what was read by hand."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from assembly.provider_facts import FOLDER, providers, type_schema
from assembly.terraform import elements
from tests.gcp.terraform import Assembly, Stack
from tools.provider_facts.__main__ import checked_rules, paths

# The types that the facts say nothing of, and how often each is used: what no test here can judge.
WITHOUT_FACTS = Path(__file__).parents[1] / "snapshots" / "types-without-facts.txt"


@pytest.fixture
def stacks(gcp: Assembly, azure: Assembly) -> list[Stack]:
    """Every stack of the clouds of Terraform."""
    return [*gcp.stacks.values(), *azure.stacks.values()]


def used(stacks: Iterable[Stack]) -> set[str]:
    """Return each type in use, and each argument of it: ``google_redis_instance.name``."""
    found = [(address.partition(".")[0], body) for stack in stacks for address, body in elements(stack.content)]
    return {kind for kind, _ in found} | {f"{kind}.{path}" for kind, body in found for path in paths(body)}


def test_types_without_facts_are_written_down(stacks: list[Stack], request: pytest.FixtureRequest) -> None:
    kinds = (address.partition(".")[0] for stack in stacks for address, _ in elements(stack.content))
    found = Counter(kind for kind in kinds if type_schema(kind) is None)
    lines = "".join(f"{kind} {number}\n" for kind, number in sorted(found.items()))
    if request.config.option.update_snapshots:
        WITHOUT_FACTS.write_text(lines)
    assert WITHOUT_FACTS.read_text() == lines, "run make snapshots"


def test_the_facts_that_are_kept_are_those_of_types_and_arguments_in_use(stacks: list[Stack]) -> None:
    rows = {kind: row for path in FOLDER.glob("*.json") for kind, row in json.loads(path.read_text())["types"].items()}
    kept = rows.keys() | {f"{kind}.{path}" for kind, row in rows.items() for path in row["rules"]}
    assert sorted(kept - used(stacks)) == [], "run make provider-facts FROM=<folder of complete facts>"


def test_what_was_read_by_hand_is_kept_as_it_was_read(stacks: list[Stack]) -> None:
    checked = checked_rules()
    assert sorted(checked.keys() - used(stacks)) == [], "take them out of tools/provider_facts/checked.yaml"
    rows = {kind: row for path in FOLDER.glob("*.json") for kind, row in json.loads(path.read_text())["types"].items()}
    kept = {
        f"{kind}.{path}": {key: value for key, value in rules.items() if key != "secret"}
        for kind, row in rows.items()
        for path, rules in row["rules"].items()
        if "checked" in rules
    }
    assert kept == checked, "run make provider-facts FROM=<folder of complete facts>"
    assert len(kept) >= 50


def test_every_pattern_is_read_by_hand() -> None:
    """A pattern that is read by probing leaves out that an empty value is accepted, too."""
    rows = [row for path in FOLDER.glob("*.json") for row in json.loads(path.read_text())["types"].values()]
    found = [rules for row in rows for rules in row["rules"].values() if "pattern" in rules]
    assert [rules for rules in found if "checked" not in rules] == []
    assert all(re.compile(pattern) for rules in found for pattern in rules["pattern"])


def test_facts_are_those_of_the_providers_that_are_used(stacks: list[Stack]) -> None:
    required = {
        name: provider["version"]
        for stack in stacks
        for name, provider in stack.content["terraform"]["required_providers"].items()
    }
    assert {name: version for name, version in providers().items() if required.get(name) != version} == {}
