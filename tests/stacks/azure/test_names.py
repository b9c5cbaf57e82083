"""Names that must be the only ones of all Azure: made of the subscription and the environment."""

from pathlib import Path

import pytest

from environments import Environment, load
from stacks.azure.environment import add_stacks
from stacks.terraform import application
from tests.gcp.terraform import Assembly

UNIQUE = (
    "azurerm_container_registry",
    "azurerm_key_vault",
    "azurerm_managed_redis",
    "azurerm_postgresql_flexible_server",
    "azurerm_storage_account",
)


def names(environment: Environment, folder: Path) -> set[str]:
    """Return the unique names of an environment's stack, and of what all share."""
    folder.mkdir()
    app = application(folder)
    add_stacks(app, [environment])
    app.synth()
    stacks = Assembly.read(folder).stacks.values()
    return {item["name"] for stack in stacks for kind in UNIQUE for item in stack.resources(kind)}


@pytest.fixture(scope="module")
def staging() -> Environment:
    return next(environment for environment in load() if environment.name == "staging")


def test_another_subscription_generation_or_environment_has_other_names(staging: Environment, tmp_path: Path) -> None:
    place, shared = staging.account.azure, staging.policy.account.azure
    assert place
    assert shared
    moved = place.model_copy(update={"subscription_id": "0a1b2c3d-0000-4000-8000-000000000001"})
    again = place.model_copy(update={"vault_generation": 2})
    restored = place.model_copy(update={"database_generation": 2})
    first = names(staging, tmp_path / "first")
    elsewhere = names(
        staging.model_copy(update={"account": staging.account.model_copy(update={"azure": moved})}), tmp_path / "moved"
    )
    later = names(
        staging.model_copy(update={"account": staging.account.model_copy(update={"azure": again})}), tmp_path / "again"
    )
    rebuilt = names(
        staging.model_copy(update={"account": staging.account.model_copy(update={"azure": restored})}),
        tmp_path / "restored",
    )
    other = names(staging.model_copy(update={"name": "preview"}), tmp_path / "other")
    state, key = (next(name for name in first if name.startswith(start)) for start in ("goodiesstate", "shared-"))
    (registry,) = (name for name in first if len(name) == len("goodies0a1b2c3d"))
    assert first & elsewhere == first & other == {state, key, registry}
    assert {name for name in first - later if not name.startswith("staging-")} == set()
    assert len(first - later) == 1
    assert [name.startswith("goodies-staging-1-") for name in first - rebuilt] == [True]
    assert names(staging, tmp_path / "same") == first


def test_the_longest_name_of_an_environment_fits(staging: Environment, tmp_path: Path) -> None:
    longest = staging.model_copy(update={"name": "a" * 12})
    found = names(longest, tmp_path / "longest")
    assert max(len(name) for name in found if not name.startswith("goodies-")) == 24 - 1
    assert max(map(len, found)) <= 60
