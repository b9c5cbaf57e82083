"""Provider schemas: every synthesized resource compared with them, and the stored schemas themselves."""

import json
from pathlib import Path

import pytest

from assembly.provider_facts import FOLDER, providers, type_schema
from assembly.terraform import elements
from assembly.values import Json
from tests.gcp.terraform import Assembly
from tests.terraform_schema import breaches, unknown

# The types that the facts say nothing of, and how often each is used: what no test here can judge.
WITHOUT_FACTS = Path(__file__).parents[1] / "snapshots" / "types-without-facts.txt"
DATABASE = {"google_sql_database_instance": {"it": {"database_version": "POSTGRES_18", "region": "us-central1"}}}


def with_settings(**settings: Json) -> Json:
    """Return a stack that holds a database with some settings."""
    (database,) = DATABASE.values()
    return {"resource": {"google_sql_database_instance": {"it": {**database["it"], "settings": settings}}}}


def test_every_resource_has_what_its_type_requires_and_only_what_it_accepts(gcp: Assembly) -> None:
    assert [f"{name}/{breach}" for name, stack in gcp.stacks.items() for breach in breaches(stack.content)] == []


def test_types_without_facts_are_written_down(gcp: Assembly, request: pytest.FixtureRequest) -> None:
    found = unknown(stack.content for stack in gcp.stacks.values())
    lines = "".join(f"{kind} {number}\n" for kind, number in sorted(found.items()))
    if request.config.option.update_snapshots:
        WITHOUT_FACTS.write_text(lines)
    assert WITHOUT_FACTS.read_text() == lines, "run make snapshots"


def test_the_facts_that_are_kept_are_those_of_types_in_use(gcp: Assembly) -> None:
    used = {address.partition(".")[0] for stack in gcp.stacks.values() for address, _ in elements(stack.content)}
    kept = {kind for path in FOLDER.glob("*.json") for kind in json.loads(path.read_text())["types"]}
    assert sorted(kept - used) == [], "run make provider-facts FROM=<folder of complete facts>"


def test_facts_are_those_of_the_providers_that_are_used(gcp: Assembly) -> None:
    required = {
        name: provider["version"]
        for stack in gcp.stacks.values()
        for name, provider in stack.content["terraform"]["required_providers"].items()
    }
    assert {name: version for name, version in providers().items() if required.get(name) != version} == {}


@pytest.mark.parametrize(
    ("settings", "breach"),
    [
        ({"edition": "ENTERPRISE"}, "settings.tier is required and not there"),
        ({"tier": "db-f1-micro", "edition": "CHEAP"}, "settings.edition is 'CHEAP'; accepted are 'ENTERPRISE'"),
        (
            {"tier": "db-f1-micro", "database_flags": [{"name": "a", "value": "b"}, {"name": "a"}]},
            "settings.database_flags.value is required and not there",
        ),
    ],
)
def test_what_a_provider_would_refuse_is_named(settings: Json, breach: str) -> None:
    (found,) = breaches(with_settings(**settings))
    assert found.startswith(f"google_sql_database_instance.it: {breach}")


def test_what_is_known_only_at_apply_is_not_judged() -> None:
    assert breaches(with_settings(tier="${var.tier}", edition="${var.edition}")) == []


def test_a_block_that_is_not_there_requires_nothing() -> None:
    known = type_schema("google_sql_database_instance")
    assert known is not None
    assert "settings.tier" in known.required
    assert breaches({"resource": DATABASE}) == []


def test_a_type_without_facts_is_counted_and_not_passed_over() -> None:
    assert unknown([{"resource": {"google_of_tomorrow": {"a": {}, "b": {}}}}]) == {"google_of_tomorrow": 2}
