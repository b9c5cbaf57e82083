"""Checks of synthesized stacks against what the providers know, and edits that Terraform judged."""

import copy
import json
from pathlib import Path

import pytest
import yaml

from assembly.errors import ProviderRefusalError
from assembly.provider_checks import breaches, refuse_breaches
from assembly.provider_facts import type_schema
from assembly.terraform import elements
from assembly.values import Json, at
from tests.gcp.terraform import Assembly, Stack

# Edits of production, and what `terraform plan` with the providers answered to each.
EDITS = yaml.safe_load(Path(__file__).with_name("terraform_edits.yaml").read_text())
DATABASE = {"google_sql_database_instance": {"it": {"database_version": "POSTGRES_18", "region": "us-central1"}}}


def with_settings(**settings: Json) -> Json:
    """Return a stack that holds a database with some settings."""
    (database,) = DATABASE.values()
    return {"resource": {"google_sql_database_instance": {"it": {**database["it"], "settings": settings}}}}


def of(kind: str, **arguments: Json) -> list[str]:
    """Return what is refused of a resource, less what it lacks."""
    found = breaches({"resource": {kind: {"it": arguments}}})
    return [str(breach) for breach in found if breach.allowed != "it is required"]


def test_a_provider_would_refuse_nothing_in_any_stack(gcp: Assembly, azure: Assembly) -> None:
    stacks = {**gcp.stacks, **azure.stacks}
    found = [f"{name}: {breach}" for name, stack in stacks.items() for breach in breaches(stack.content)]
    assert found == []


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: f"{edit['type']}.{edit['argument']}")
def test_an_edit_is_refused_where_terraform_refuses_it(gcp_prod: Stack, edit: Json) -> None:
    parent, _, key = edit["argument"].rpartition(".")
    bodies = [body for address, body in elements(gcp_prod.content) if address.startswith(f"{edit['type']}.")]
    body = next(copy.deepcopy(body) for body in bodies if list(at(body, edit["argument"])))
    block = next(block for block in at(body, parent) if key in block)
    if "to" in edit:
        block[key] = edit["to"]
    else:
        del block[key]
    found = breaches({"resource": {edit["type"]: {"it": body}}})
    assert bool(found) == edit["refused"], [str(breach) for breach in found]


@pytest.mark.parametrize(
    ("settings", "breach"),
    [
        ({"edition": "ENTERPRISE"}, "settings.tier: given nothing; it is required"),
        ({"tier": "db-f1-micro", "edition": "CHEAP"}, "settings.edition: given 'CHEAP'; accepted are 'ENTERPRISE'"),
        (
            {"tier": "db-f1-micro", "database_flags": [{"name": "a", "value": "b"}, {"name": "a"}]},
            "settings.database_flags.value: given nothing; it is required",
        ),
        (
            {"tier": "db-f1-micro", "maintenance_window": {"day": 8}},
            "settings.maintenance_window.day: given 8; it must",
        ),
        ({"tier": "db-f1-micro", "maintenance_window": {}}, "settings.maintenance_window.day: given nothing; at least"),
    ],
)
def test_what_a_provider_would_refuse_is_named(settings: Json, breach: str) -> None:
    assert str(breaches(with_settings(**settings))[0]).startswith(f"google_sql_database_instance.it: {breach}")


@pytest.mark.parametrize(
    ("kind", "arguments", "said"),
    [
        ("google_service_account", {"account_id": "short"}, "account_id: given 'short'; its length must be 6 to 30"),
        ("google_service_account", {"account_id": "Capitals"}, "account_id: given 'Capitals'; it must match"),
        ("google_service_account", {"account_id": "a-line\n"}, "account_id: given 'a-line\\n'; it must match"),
        ("google_compute_firewall", {"allow": [{}], "priority": 65536}, "priority: given 65536; it must be 0 to 65535"),
        ("google_compute_firewall", {"allow": [{}], "priority": "low"}, "priority: given 'low'; it must be 0 to 65535"),
        ("google_compute_firewall", {}, "allow: given nothing; exactly one of allow, deny must be there"),
        ("google_compute_firewall", {"allow": [{}], "deny": [{}]}, "allow: given [{}]; exactly one of allow, deny"),
        (
            "google_compute_firewall",
            {"allow": [{}], "target_service_accounts": ["a"], "target_tags": ["b"]},
            "target_service_accounts: given ['a']; target_tags must not be there, too",
        ),
        (
            "google_compute_firewall",
            {"allow": [{}], "target_service_accounts": ["a"] * 11},
            "it must have at most 10 items",
        ),
        (
            "google_compute_subnetwork",
            {"ip_cidr_range": "10.0.0.0"},
            "ip_cidr_range: given '10.0.0.0'; it must be cidr",
        ),
        ("azurerm_key_vault", {"name": "under_score"}, "name: given 'under_score'; it must match ^[a-zA-Z0-9-]{3,24}$"),
        ("azurerm_key_vault", {"name": "a" * 25}, "it must match ^[a-zA-Z0-9-]{3,24}$"),
        ("azurerm_key_vault", {"soft_delete_retention_days": 91}, "given 91; it must be 7 to 90"),
        ("azurerm_key_vault", {"network_acls": {"default_action": "Refuse"}}, "accepted are 'Allow', 'Deny'"),
        ("azurerm_key_vault_key", {"name": "a.b"}, "name: given 'a.b'; it must match"),
        ("azurerm_key_vault_secret", {"value_wo": "a"}, "value_wo_version must be there, too"),
        ("azurerm_key_vault_secret", {"value": "a", "value_wo": "a"}, "exactly one of value, value_wo must be there"),
        ("azurerm_postgresql_flexible_server", {"storage_mb": 102400}, "given 102400; accepted are '32768', '65536'"),
        ("azurerm_postgresql_flexible_server", {"sku_name": "D2ds_v4"}, "sku_name: given 'D2ds_v4'; it must match"),
        ("azurerm_postgresql_flexible_server", {"administrator_login": "Admin"}, "given 'Admin'; it must match"),
        ("azurerm_postgresql_flexible_server", {"name": "Goodies"}, "name: given 'Goodies'; it must match"),
        ("azurerm_postgresql_flexible_server", {"backup_retention_days": 36}, "given 36; it must be 7 to 35"),
        ("azurerm_managed_redis", {"name": "two--dashes"}, "name: given 'two--dashes'; it must match"),
        ("azurerm_managed_redis", {"sku_name": "Balanced_B2"}, "sku_name: given 'Balanced_B2'; accepted are"),
        ("azurerm_storage_account", {"name": "with-dash"}, "name: given 'with-dash'; it must match"),
        ("azurerm_storage_account", {"min_tls_version": "1.2"}, "accepted are"),
        ("azurerm_resource_group", {"name": "ends.with.dot."}, "name: given 'ends.with.dot.'; it must match"),
        (
            "azurerm_network_security_group",
            {"security_rule": [{"priority": 99}]},
            "security_rule.priority: given 99; it must be 100 to 4096",
        ),
        ("azurerm_subnet", {"address_prefixes": []}, "at least 1"),
        ("google_monitoring_dashboard", {"dashboard_json": "{"}, "dashboard_json: given '{'; it must be json"),
        ("google_sql_user", {"password_wo_version": 1}, "password_wo must be there, too"),
        ("kubernetes_namespace_v1", {"metadata": {"name": "a_b"}}, "metadata.name: given 'a_b'; it must match"),
    ],
)
def test_a_rule_that_is_broken_is_named(kind: str, arguments: Json, said: str) -> None:
    assert any(said in line for line in of(kind, **arguments)), of(kind, **arguments)


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("google_service_account", {"account_id": "${var.account}"}),
        ("google_compute_firewall", {"allow": [{}], "priority": "1000"}),
        ("google_compute_firewall", {"allow": [{}], "deny": "${var.rules}"}),
        ("google_compute_subnetwork", {"ip_cidr_range": "10.0.0.0/18"}),
        ("google_monitoring_dashboard", {"dashboard_json": "{}"}),
        # The provider names these two without an index, where its SDK finds nothing.
        ("kubernetes_service_v1", {"metadata": {"name": "a", "generate_name": "b"}}),
    ],
)
def test_what_a_provider_accepts_or_learns_at_apply_only_is_not_refused(kind: str, arguments: Json) -> None:
    assert of(kind, **arguments) == []


def test_what_is_known_only_at_apply_is_not_judged() -> None:
    assert breaches(with_settings(tier="${var.tier}", edition="${var.edition}")) == []


def test_a_block_that_is_not_there_requires_nothing() -> None:
    known = type_schema("google_sql_database_instance")
    assert known is not None
    assert "settings.tier" in known.required
    found = breaches({"resource": DATABASE})
    assert {breach.argument for breach in found} == {"settings"}


def test_a_secret_is_not_shown() -> None:
    lines = of("google_sql_user", password="correct horse", password_wo="battery staple")
    assert lines == ["google_sql_user.it: password_wo: given a secret; password must not be there, too"]


def test_a_refusal_names_the_stack_and_lists_everything(tmp_path: Path) -> None:
    stack = tmp_path / "stacks" / "gcp-dev"
    stack.mkdir(parents=True)
    content = {"resource": {"google_service_account": {name: {"account_id": name} for name in ("one", "two")}}}
    (stack / "cdk.tf.json").write_text(json.dumps(content))
    entry = {"name": "gcp-dev", "synthesizedStackPath": "stacks/gcp-dev/cdk.tf.json"}
    (tmp_path / "manifest.json").write_text(json.dumps({"stacks": {"gcp-dev": entry}}))
    with pytest.raises(ProviderRefusalError) as refused:
        refuse_breaches(tmp_path)
    assert str(refused.value).splitlines() == [
        f"gcp-dev: google_service_account.{name}: account_id: given '{name}'; its length must be 6 to 30"
        for name in ("one", "two")
    ]
