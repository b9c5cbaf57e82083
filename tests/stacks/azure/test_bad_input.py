"""Input errors on Azure: one line each, before any file is written."""

from pathlib import Path

import pytest

from tests.settings import remove, set_value
from tests.synthesis import copy_sources, run_app


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return copy_sources(tmp_path / "checkout")


def refused(checkout: Path, output: Path) -> list[str]:
    done = run_app(output, "azure", checkout=checkout)
    assert done.returncode == 1
    assert not output.exists()
    return done.stderr.splitlines()


def test_every_subscription_that_nobody_named_at_once(checkout: Path, tmp_path: Path) -> None:
    for name in ("policy", "staging"):
        remove(checkout / "environments" / f"{name}.yaml", "account.azure")
    lines = [line for line in refused(checkout, tmp_path / "output") if "account.azure.subscription_id" in line]
    assert [name for name in ("policy", "staging") if any(f"environments/{name}.yaml" in line for line in lines)] == [
        "policy",
        "staging",
    ]
    assert len(lines) == 2


@pytest.mark.parametrize("name", ["westcentralus", "mars"])
def test_a_region_without_zones(checkout: Path, tmp_path: Path, name: str) -> None:
    set_value(checkout / "environments" / "policy.yaml", "regions.azure.recovery.name", name)
    lines = refused(checkout, tmp_path / "output")
    assert [line for line in lines if f"regions.azure.recovery.name: given {name}; one of australiaeast" in line]


def test_what_a_provider_would_refuse(checkout: Path, tmp_path: Path) -> None:
    file = checkout / "constructs_lib" / "azure" / "base" / "vaults.py"
    source = file.read_text()
    broken = source.replace('sku_name="standard"', 'sku_name="basic"')
    assert broken != source
    file.write_text(broken)
    lines = [line for line in refused(checkout, tmp_path / "output") if "azurerm_key_vault.Vault_vault" in line]
    assert [line.partition(":")[0] for line in lines] == ["azure-dev", "azure-prod", "azure-shared", "azure-staging"]
    assert all("sku_name: given 'basic'; accepted are 'standard', 'premium'" in line for line in lines)
