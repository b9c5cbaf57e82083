"""Preflight of Azure: each row on an embedded Azure that has what is needed, and on one that has not."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from admin.azure import connection as connections
from admin.azure.api import READING, Api
from admin.bootstrap import azure as bootstrap
from admin.errors import WrongAccountError
from admin.preflight import azure
from admin.preflight.azure import Needs, needs_of
from admin.preflight.model import Answer, Check, ExitCode, Row, State, _row, exit_code
from assembly import open_assembly
from assembly.values import Json
from local.azure.tokens import CALLER, TENANT
from tests.admin.azure.world import HOST, Refused, World
from tests.pauses import without_pauses

Ask = Callable[..., Mapping[str, Answer]]
_VAULT = "Microsoft.KeyVault/vaults"


def rows_of(checks: Iterable[Check]) -> list[Row]:
    """Ask all checks in this thread, which the emulator's store belongs to."""
    return [_row(check) for check in checks]


@pytest.fixture(scope="session")
def needs(azure_folder: Path) -> Needs:
    """Needs of production, whose tenant is that of the caller."""
    return replace(needs_of(open_assembly(azure_folder), "prod"), tenant=TENANT)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, azure_folder: Path) -> World:
    """Azure after the bootstrap."""
    found = World()
    without_pauses(monkeypatch, found.sleep)
    monkeypatch.setattr(connections, "connect_embedded", lambda _: found.connection)
    monkeypatch.setattr(connections, "require_running", lambda *_: None)
    list(bootstrap.open_bootstrap(None, azure_folder).prepare(False))
    return found


@pytest.fixture
def answers(needs: Needs, world: World) -> Ask:
    """Ask all checks, and return the answers by their subjects."""

    def ask(of: Needs = needs) -> Mapping[str, Answer]:
        api = Api(world.send, READING, principal=CALLER)
        checks = list(azure.checks(of, api, lambda _: frozenset({"ns1.example.net"})))
        subjects = [f"{check.group}: {check.subject}" for check in checks]
        assert len(set(subjects)) == len(subjects)
        return dict(zip(subjects, (check.ask() for check in checks), strict=True))

    return ask


def test_after_the_bootstrap_only_the_delegation_is_missing(answers: Ask) -> None:
    found = answers()
    assert {name for name, answer in found.items() if answer.state is not State.FINE} == {"delegation: goodies.example"}
    groups = {name.partition(":")[0] for name in found}
    assert groups == {"subscription", "rights", "bootstrap", "names", "quotas", "zones", "databases", "delegation"}


def test_nothing_is_changed(answers: Ask, world: World) -> None:
    before = len(world.calls)
    answers()
    assert len(world.calls) > before
    assert world.writes(before) == []


def test_each_resource_of_the_stacks_has_its_actions(azure_folder: Path) -> None:
    kinds = {each.type for stack in open_assembly(azure_folder).stacks.values() for each in stack.resources.values()}
    assert kinds == azure._ACTIONS.keys()


@pytest.mark.parametrize(
    ("role", "lacks", "step"),
    [
        ("Reader", "Microsoft.Network/virtualNetworks/write", "Contributor"),
        ("Contributor", "Microsoft.Authorization/locks/write", "User Access Administrator"),
    ],
)
def test_a_role_that_is_lacking_is_named(answers: Ask, world: World, role: str, lacks: str, step: str) -> None:
    world.hold(role)
    found = [each for name, each in answers().items() if name.startswith("rights: Resources, ")]
    assert {each.state for each in found} == {State.MISSING}
    assert any(lacks in each.found for each in found)
    steps = [each for answer in found for each in answer.next_steps]
    assert any(f'--role "{step}"' in each and f"--assignee {CALLER}" in each for each in steps)


def test_an_owner_without_the_bootstrap_may_write_no_key(needs: Needs) -> None:
    world = World()
    api = Api(world.send, READING, principal=CALLER)
    rows = rows_of(
        check for check in azure.checks(needs, api, lambda _: frozenset()) if check.group in ("rights", "bootstrap")
    )
    found = {row.check.subject: row.answer for row in rows}
    keys = found[f"Keys and secrets, {needs.subscriptions[1].id}"]
    assert (keys.state, "Microsoft.KeyVault/vaults/secrets/setSecret/action" in keys.found) == (State.MISSING, True)
    assert '--role "Key Vault Administrator"' in keys.next_steps[0]
    providers = found[f"Resource providers, {needs.subscriptions[1].id}"]
    assert "Microsoft.KeyVault is NotRegistered" in providers.found
    step = f"make bootstrap CLOUD=azure SUBSCRIPTION={needs.subscriptions[1].id}"
    assert (providers.state, list(providers.next_steps)) == (State.MISSING, [step])
    assert found[f"State, {needs.state.account_name}"].found == "its storage account does not exist"
    assert exit_code(rows) is ExitCode.MISSING


def test_a_role_that_does_not_count_yet_is_told(answers: Ask, world: World) -> None:
    world.switch(role_assignments="ten minutes later")
    assert "does not count yet" in answers()["bootstrap: Role on the state, state"].found
    world.sleep(601)
    assert answers()["bootstrap: Role on the state, state"].state is State.FINE


def test_a_deleted_vault_keeps_its_name(answers: Ask, needs: Needs, world: World) -> None:
    stack, vault = next(iter(needs.resources("azurerm_key_vault")))
    where = azure._id(stack, vault, _VAULT)
    world.ask("PUT", where.partition("/providers")[0], {"location": vault.properties["location"]})
    settings = {"tenantId": TENANT, "sku": {"family": "A", "name": "standard"}, "enablePurgeProtection": True}
    world.ask("PUT", where, {"location": vault.properties["location"], "properties": settings})
    subject = f"names: Vault {vault.properties['name']}"
    assert answers()[subject].found == "exists in its resource group"
    world.ask("DELETE", where)
    found = answers()[subject]
    assert (found.state, "purge protection keeps it until then" in found.found) == (State.MISSING, True)
    assert "vault_generation one higher" in found.next_steps[0]


_TYPES = {
    "azurerm_key_vault": _VAULT,
    "azurerm_storage_account": "Microsoft.Storage/storageAccounts",
    "azurerm_postgresql_flexible_server": "Microsoft.DBforPostgreSQL/flexibleServers",
}


@pytest.mark.parametrize("kind", _TYPES)
def test_a_name_that_somebody_else_has_is_told(answers: Ask, needs: Needs, world: World, kind: str) -> None:
    _, resource = list(needs.resources(kind))[-1]
    type_ = _TYPES[kind]
    other = "/subscriptions/99999999-2222-3333-4444-000000000001"
    world.ask("POST", f"{other}/providers/{type_.partition('/')[0]}/register")
    world.ask("PUT", f"{other}/resourceGroups/theirs", {"location": "eastus"})
    body = {
        "location": "eastus",
        "kind": "StorageV2",
        "sku": {"family": "A", "name": "standard"},
        "properties": {"tenantId": TENANT, "sku": {"family": "A", "name": "standard"}},
    }
    if kind == "azurerm_storage_account":
        body |= {"sku": {"name": "Standard_ZRS"}, "properties": {}}
    else:
        del body["kind"], body["sku"]
    if kind == "azurerm_postgresql_flexible_server":
        body["properties"] = {}
    world.ask("PUT", f"{other}/resourceGroups/theirs/providers/{type_}/{resource.properties['name']}", body)
    (answer,) = (each for name, each in answers().items() if name.endswith(f" {resource.properties['name']}"))
    assert (answer.state, answer.found.startswith("taken: ")) == (State.MISSING, True)


@pytest.mark.parametrize(("zones", "said"), [("1,2", None), ("none", "has the zones none, and not 1")])
def test_a_region_without_zones_is_told(answers: Ask, needs: Needs, world: World, zones: str, said: str | None) -> None:
    world.switch(zones__eastus=zones)
    found = answers()[f"zones: eastus, {needs.subscriptions[1].id}"]
    assert found.state is (State.FINE if said is None else State.MISSING)
    assert said is None or said in found.found


def with_servers(needs: Needs, **settings: Json) -> Needs:
    """Return needs with other settings of the servers of PostgreSQL."""
    kinds = "azurerm_postgresql_flexible_server"
    changed = {
        server.id: replace(server, properties={**server.properties, **settings}) for _, server in needs.resources(kinds)
    }
    stacks = [
        replace(stack, resources={**stack.resources, **(changed if stack.environment == "prod" else {})})
        for stack in needs.stacks
    ]
    return replace(needs, stacks=stacks)


def test_a_standby_that_a_region_does_not_take_is_told(answers: Ask, needs: Needs, world: World) -> None:
    subject = "databases: eastus, Database"
    assert answers()[subject].found == "has Standard_D2ds_v4 with SameZone"
    redundant = with_servers(needs, high_availability={"mode": "ZoneRedundant"})
    found = answers(redundant)[subject]
    assert (found.state, found.found) == (
        State.MISSING,
        "Standard_D2ds_v4 has no standby of the kind ZoneRedundant there",
    )
    assert list(found.next_steps) == ["environments/prod.yaml: database.azure_standby: SameZone"]
    world.switch(postgresql_ha__eastus="allowed")
    assert answers(redundant)[subject].state is State.FINE


def test_a_size_that_a_region_lacks_is_told(answers: Ask, needs: Needs, world: World) -> None:
    newer = with_servers(needs, sku_name="GP_Standard_D2ds_v5")
    assert answers(newer)["databases: eastus, Database"].state is State.FINE
    found = answers(newer)["databases: westus2, Replica"]
    assert (found.state, found.found) == (State.MISSING, "the subscription has no Standard_D2ds_v5 there")
    assert "regions.azure.sku_generation" in found.next_steps[0]
    world.switch(postgresql_sizes__westus2="v3,v4,v5")
    assert answers(newer)["databases: westus2, Replica"].state is State.FINE


def test_a_quota_that_is_used_up_is_told(answers: Ask, needs: Needs, world: World) -> None:
    place = f"/subscriptions/{needs.subscriptions[1].id}/resourceGroups/others"
    world.ask("PUT", place, {"location": "eastus"})
    for number in range(20):
        path = f"{place}/providers/Microsoft.Network/publicIPAddresses/other{number}"
        world.ask(
            "PUT",
            path,
            {"location": "eastus", "sku": {"name": "Standard"}, "properties": {"publicIPAllocationMethod": "Static"}},
        )
    found = answers()["quotas: StaticPublicIPAddresses, eastus"]
    assert (found.state, found.found) == (State.MISSING, "20 in use, 1 to add, 20 allowed")
    assert "at least 21" in found.next_steps[0]


def test_another_tenant_is_told(answers: Ask, needs: Needs) -> None:
    found = answers(replace(needs, tenant="99999999-2222-3333-4444-000000000001"))
    assert f"is of the tenant {TENANT}" in found[f"subscription: {needs.state.subscription}"].found


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (Refused(403, "AuthorizationFailed", "You may not"), "403 AuthorizationFailed: You may not; it needs"),
        (Refused(429), "too many requests"),
        (Refused(401, "ExpiredAuthenticationToken"), "have expired: az login"),
        (Refused(503, "ServerBusy"), "503 ServerBusy"),
    ],
)
def test_an_answer_that_does_not_come_is_unknown(needs: Needs, world: World, refusal: Refused, said: str) -> None:
    world.refused = {HOST: refusal}
    rows = rows_of(azure.checks(needs, Api(world.send, READING, principal=CALLER), lambda _: frozenset()))
    assert {row.answer.state for row in rows} == {State.UNKNOWN}
    assert said in rows[0].answer.found
    assert exit_code(rows) is ExitCode.UNKNOWN


def test_an_answer_that_lacks_what_it_has_is_unknown(needs: Needs) -> None:
    empty = World()
    empty.send = lambda *_: Refused(200).answer  # type: ignore[method-assign]
    (row, *_) = rows_of(azure.checks(needs, Api(empty.send, READING), lambda _: frozenset()))
    assert (row.answer.state, row.answer.found) == (State.UNKNOWN, "an answer lacks 'tenantId'")


def test_another_subscription_than_the_environments_is_refused() -> None:
    with pytest.raises(WrongAccountError, match=r"^SUBSCRIPTION=x: environments/prod.yaml names the subscription "):
        azure.connect("prod", "x")
