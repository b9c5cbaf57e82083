"""Secrets: in each vault, the same, and in no state."""

import json
from collections import defaultdict

import pytest

from tests.gcp.terraform import Assembly, Stack

SECRET = "azurerm_key_vault_secret"
# A template has a reference to each, and the state its value in any case.
GENERATED_BY_AZURE = {"cache-password"}


@pytest.mark.plan("AZR-9", "DR-7/stored", "SEC-8/managed")
def test_no_value_is_in_a_template_or_a_state(azure: Assembly) -> None:
    for stack in azure.stacks.values():
        for secret in stack.resources(SECRET):
            assert secret.protected
            if secret["name"] in GENERATED_BY_AZURE:
                assert secret.body["value"].startswith("${azurerm_")
                continue
            assert "value" not in secret.body
            assert secret["value_wo"] == f"${{ephemeral.random_password.{secret['name']}.result}}"
        assert "random_password" not in json.dumps(stack.content["resource"].get("random_password", ""))


@pytest.mark.plan("DR-7/stored", "AZR-9")
def test_the_service_has_its_secrets(azure_environment: Stack) -> None:
    assert {secret["name"] for secret in azure_environment.resources(SECRET)} == {
        "jwt-secret",
        "admin-password-hash",
        "database-password",
        "cache-password",
    }


@pytest.mark.plan("DR-7/region")
def test_every_secret_is_the_same_in_the_vaults_of_both_regions(azure_prod: Stack) -> None:
    vaults = {vault.name: vault["location"] for vault in azure_prod.resources("azurerm_key_vault")}
    assert sorted(vaults.values()) == ["eastus", "westus2"]
    regions, written = defaultdict(set), defaultdict(set)
    for secret in azure_prod.resources(SECRET):
        regions[secret["name"]].add(vaults[secret["key_vault_id"].name])
        # One value in one run: a version that is raised in one vault alone would part them.
        value = secret.body["value" if secret["name"] in GENERATED_BY_AZURE else "value_wo"]
        written[secret["name"]].add((value, secret.get("value_wo_version")))
    assert regions
    assert {name for name, found in regions.items() if found != {*vaults.values()}} == set()
    assert {name for name, found in written.items() if len(found) != 1} == set()


@pytest.mark.plan("SEC-8/managed")
def test_nobody_reads_a_secret_without_a_grant_of_its_own(azure_environment: Stack) -> None:
    granted = {grant["role_definition_name"] for grant in azure_environment.resources("azurerm_role_assignment")}
    assert granted == {"Key Vault Crypto Service Encryption User"}
