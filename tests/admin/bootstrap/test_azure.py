"""Bootstrap of Azure: what it makes, only where it may, once, and what it says of bad answers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from admin.azure import connection as connections
from admin.bootstrap import __main__ as command
from admin.bootstrap import azure as bootstrap
from admin.bootstrap.azure import account_body, read, service_body
from assembly import open_assembly
from local.azure.cloud import EmbeddedAzure
from tests.admin.azure.world import Refused, World
from tests.pauses import without_pauses

_BLOB_OWNER = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"
_VAULT_ADMINISTRATOR = "00482a5a-887f-4fb3-b363-3b7fe8e74483"
# Ids of one's own in place of the examples.
OWN = "11111111-2222-3333-4444-00000000000"
SHARED, PROD = f"{OWN}1", f"{OWN}4"
_STATE = f"/subscriptions/{SHARED}/resourceGroups/goodies-shared-state"

Run = Callable[..., Any]


@pytest.fixture(scope="session")
def stacks(azure_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the stacks, whose subscriptions are no examples."""
    folder = tmp_path_factory.mktemp("stacks") / "cdktf.out"
    for source in [azure_folder / "manifest.json", *azure_folder.glob("stacks/*/cdk.tf.json")]:
        target = folder / source.relative_to(azure_folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(source.read_text().replace("00000000-0000-0000-0000-00000000000", OWN))
    return folder


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Azure before the first bootstrap."""
    found = World()
    without_pauses(monkeypatch, found.sleep)
    return found


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, world: World, stacks: Path, tmp_path: Path) -> Run:
    """Run the command as the owner of the subscriptions of a world; no embedded Azure runs."""
    monkeypatch.setattr(connections, "EmbeddedAzure", lambda: EmbeddedAzure(tmp_path / "absent"))
    monkeypatch.setattr(connections, "connect_subscription", lambda _: world.connection)
    app = typer.Typer()
    app.command()(command.main)

    def one(*options: str, subscription: str | None = SHARED, folder: Path = stacks) -> Any:
        named = ["--cloud", "azure"] if subscription is None else ["--subscription", subscription]
        return CliRunner().invoke(app, [*named, "--stacks", str(folder), *options])

    return one


def test_it_says_where_it_is_what_it_does_and_what_is_next(run: Run) -> None:
    ended = run("--yes")
    assert ended.exit_code == 0, ended.output
    place, change = ended.stderr.splitlines()
    assert place.startswith(f"Azure: subscription {SHARED}, state in westus2, as ")
    assert change.startswith("  Register Microsoft.")
    assert " Microsoft.Insights, Microsoft.KeyVault, " in change
    assert "; make the storage account goodiesstate" in change
    assert "Next: `cdktf deploy azure-shared`, then an environment." in ended.stdout


def test_the_state_has_all_that_the_stack_says(run: Run, world: World, stacks: Path) -> None:
    assert run("--yes").exit_code == 0
    state = read(open_assembly(stacks)).state
    account, service = world.ask("GET", state.account), world.ask("GET", f"{state.account}/blobServices/default")
    assert (account["location"], account["sku"]["name"], account["kind"]) == ("westus2", "Standard_ZRS", "StorageV2")
    assert account["properties"]["allowSharedKeyAccess"] is False
    assert account["properties"]["allowBlobPublicAccess"] is False
    assert account["properties"]["encryption"]["requireInfrastructureEncryption"] is True
    assert service["properties"]["isVersioningEnabled"] is True
    kept = service["properties"]["deleteRetentionPolicy"]
    assert kept.items() >= service_body(state)["properties"]["deleteRetentionPolicy"].items()
    assert world.ask("GET", state.container)["properties"]["publicAccess"] == "None"
    assert world.ask("GET", state.group)["tags"] == account["tags"] == state.settings["tags"]


def test_the_caller_may_write_the_state_and_keys_and_nothing_else(run: Run, world: World) -> None:
    assert run("--yes").exit_code == 0
    assert run("--yes", subscription=PROD).exit_code == 0
    found = [
        (each["properties"]["scope"], each["properties"]["roleDefinitionId"].rpartition("/")[2])
        for subscription in (SHARED, PROD)
        for each in world.ask(
            "GET", f"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleAssignments"
        )["value"]
        if each["properties"].get("createdOn")
    ]
    state = found[1][0]
    assert found == [
        (f"/subscriptions/{SHARED}", _VAULT_ADMINISTRATOR),
        (state, _BLOB_OWNER),
        (f"/subscriptions/{PROD}", _VAULT_ADMINISTRATOR),
    ]
    assert state.endswith("/blobServices/default/containers/state")


@pytest.mark.parametrize("subscription", [SHARED, PROD])
def test_no_other_subscription_is_touched(run: Run, world: World, subscription: str) -> None:
    assert run("--yes", subscription=subscription).exit_code == 0
    assert world.writes()
    assert all(f"/subscriptions/{subscription}/" in call for call in world.writes())


def test_again_it_does_nothing(run: Run, world: World) -> None:
    run("--yes")
    before = len(world.calls)
    ended = run("--yes")
    assert (ended.exit_code, world.writes(before), ": made" in ended.stdout) == (0, [], False)


def test_it_goes_on_where_it_was_interrupted(run: Run, world: World) -> None:
    world.refused = {r"PUT .*/containers/state": Refused(500, "InternalServerError", "Try again")}
    assert "BlobContainers_Create was refused: 500 InternalServerError: Try again" in run("--yes").stderr
    world.refused = {}
    ended = run("--yes")
    assert (ended.exit_code, "storage account of the state: there" in ended.stdout) == (0, True)
    assert "container of the state: made" in ended.stdout


def test_a_dry_run_asks_nobody_and_changes_nothing(run: Run, world: World) -> None:
    ended = run("--dry-run")
    assert ended.exit_code == 0, ended.output
    assert (world.writes(), world.slept) == ([], [])
    assert "would be made" in ended.stdout
    assert "Nothing was changed" in ended.stdout


def test_nothing_changes_until_a_person_agrees(run: Run, world: World) -> None:
    ended = run()
    assert (ended.exit_code, "this is no terminal that could answer" in ended.stderr) == (1, True)
    assert world.writes() == []


def test_it_waits_until_the_role_counts_and_says_so(run: Run, world: World) -> None:
    world.switch(role_assignments="ten minutes later")
    ended = run("--yes")
    assert ended.exit_code == 0, ended.output
    assert 10 * 60 <= sum(world.slept) < 11 * 60
    assert (
        "role Storage Blob Data Owner: waiting, assigned, counts within 15 minutes; 300 seconds so far" in ended.stdout
    )
    assert "role Storage Blob Data Owner: made" in ended.stdout


def test_a_role_that_never_counts_ends_the_wait(run: Run, world: World) -> None:
    world.refused = {r"comp=list": Refused(403, "AuthorizationPermissionMismatch")}
    ended = run("--yes")
    assert (ended.exit_code, "does not count after 15 minutes: run it again" in ended.stderr) == (1, True)


def test_a_provider_is_waited_for(run: Run, world: World) -> None:
    registering = Refused(429, "TooManyRequests", headers={"retry-after": "5"})
    world.refused = {r"POST .*Microsoft.Network/register": [registering]}
    assert run("--yes").exit_code == 0
    assert world.slept[0] == 5


@pytest.mark.parametrize(
    ("roles", "said"),
    [
        (("Reader",), "Microsoft.Authorization"),
        (("Contributor",), "Microsoft.Authorization/roleAssignments/write"),
    ],
)
def test_a_caller_who_lacks_a_role_is_told_the_action(
    run: Run, world: World, roles: tuple[str, ...], said: str
) -> None:
    world.hold(*roles)
    ended = run("--yes", subscription=PROD)
    assert ended.exit_code == 1
    assert said in ended.stderr
    assert len(ended.stderr.splitlines()) == 3  # place, change, error


def test_the_name_of_somebody_elses_account_is_told(run: Run, world: World, stacks: Path) -> None:
    state = read(open_assembly(stacks)).state
    other = "/subscriptions/99999999-2222-3333-4444-000000000001"
    world.ask("POST", f"{other}/providers/Microsoft.Storage/register")
    world.ask("PUT", f"{other}/resourceGroups/theirs", {"location": "eastus"})
    account = f"{other}/resourceGroups/theirs/providers/Microsoft.Storage/storageAccounts/{state.account_name}"
    world.ask("PUT", account, account_body(state))
    ended = run("--yes")
    assert (ended.exit_code, "the name of the state's account is taken" in ended.stderr) == (1, True)


def test_a_group_elsewhere_is_told(run: Run, world: World) -> None:
    world.ask("PUT", _STATE, {"location": "eastus"})
    ended = run("--yes")
    assert (ended.exit_code, "is in eastus, and must be in westus2" in ended.stderr) == (1, True)


def test_a_subscription_that_no_stack_is_in_is_refused(run: Run, world: World) -> None:
    ended = run("--yes", subscription="22222222-2222-3333-4444-000000000001")
    assert (ended.exit_code, world.calls) == (1, [])
    assert f"environments/ names {SHARED}, " in ended.stderr


def test_a_disabled_subscription_is_told(run: Run, world: World) -> None:
    world.refused = {r"GET .*/subscriptions/[^/]+\?": Refused(404, "SubscriptionNotFound", "not found")}
    ended = run("--yes")
    assert (ended.exit_code, "there is no such subscription, or you have no role in it" in ended.stderr) == (1, True)


@pytest.mark.parametrize("options", [["--project", "acme", "--subscription", SHARED], ["--cloud", "moon"], []])
def test_one_cloud_is_meant_or_nobody_is_asked(world: World, options: list[str]) -> None:
    app = typer.Typer()
    app.command()(command.main)
    ended = CliRunner().invoke(app, options)
    assert (ended.exit_code, world.calls) == (1, [])
    assert "Nobody was asked." in ended.stderr


def test_without_a_subscription_only_the_embedded_azure_is_asked(run: Run, world: World) -> None:
    ended = run(subscription=None)
    assert (ended.exit_code, world.calls) == (2, [])
    assert ended.stderr.startswith("The embedded Azure does not run: `make deploy CLOUD=azure` starts it.")


def test_the_embedded_azure_takes_the_examples(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, azure_folder: Path
) -> None:
    cloud = EmbeddedAzure(tmp_path / ".embedded" / "azure")
    monkeypatch.setattr(connections, "EmbeddedAzure", lambda: cloud)
    with cloud.lock("tests"):
        cloud.start()
    try:
        ended = run(subscription=None, folder=azure_folder)
        assert ended.exit_code == 0, ended.output
        assert ended.stdout.startswith("Embedded Azure: subscriptions 00000000-0000-0000-0000-000000000001, ")
        again = run(subscription=None, folder=azure_folder)
        assert (again.exit_code, ": made" in again.stdout) == (0, False)
    finally:
        cloud.wipe()


def test_a_role_counts_below_its_scope_and_nowhere_else() -> None:
    assert bootstrap.covers("/", "/subscriptions/a")
    assert bootstrap.covers("/providers/Microsoft.Management/managementGroups/acme", "/subscriptions/a")
    assert bootstrap.covers("/subscriptions/A", "/subscriptions/a/resourceGroups/g")
    assert not bootstrap.covers("/subscriptions/a/resourceGroups/g", "/subscriptions/a")
    assert not bootstrap.covers("/subscriptions/ab", "/subscriptions/a")
