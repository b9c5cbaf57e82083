"""Snapshots of Azure's stacks, a file for each, and the list of all that holds state."""

from pathlib import Path

import pytest
import yaml
from syrupy.assertion import SnapshotAssertion

import environments
from assembly import open_assembly
from tests.gcp.snapshot_format import document
from tests.gcp.stateful import STATEFUL_FILE, perishable_state, pin, replaced_state, stateful
from tests.gcp.terraform import Assembly
from tests.stacks.one_file_per_stack import FOLDER, AzureSnapshot
from tests.stacks.snapshot_differences import Snapshots

STACKS = ["azure-dev", "azure-prod", "azure-shared", "azure-staging"]


@pytest.fixture(scope="module")
def snapshots(azure_folder: Path) -> Snapshots:
    found = open_assembly(azure_folder)
    documents = {name: document(stack) for name, stack in found.stacks.items()}
    return Snapshots(found.stacks, documents, environments.load())


@pytest.mark.parametrize("name", STACKS)
def test_the_stack_is_what_it_was(name: str, snapshots: Snapshots, snapshot: SnapshotAssertion) -> None:
    assert snapshots.text(name) == snapshot(extension_class=AzureSnapshot)


@pytest.mark.parametrize("name", STACKS)
def test_the_file_and_that_of_production_say_all_about_a_stack(name: str, snapshots: Snapshots) -> None:
    assert yaml.safe_load(snapshots.text(name)) == snapshots.content(name)
    assert snapshots.recovered(name) == snapshots.documents[name]


def test_every_stack_has_its_file(azure: Assembly) -> None:
    assert set(azure.stacks) == set(STACKS)
    assert {path.stem for path in (FOLDER / "azure").iterdir()} == set(STACKS)


def test_what_holds_state_is_written_down(azure: Assembly, request: pytest.FixtureRequest) -> None:
    present = {pin(resource) for stack in azure.stacks.values() for resource in stateful(stack)}
    assert len(present) > 20
    written = set(STATEFUL_FILE.read_text().splitlines())
    if request.config.option.update_snapshots:
        # What is new is added. What is gone stays until a person takes it out.
        STATEFUL_FILE.write_text("\n".join(sorted(written | present)) + "\n")
    else:
        assert sorted(present - written) == [], f"not yet in {STATEFUL_FILE}: run make snapshots"


@pytest.mark.parametrize("name", STACKS)
def test_what_holds_state_keeps_its_address(name: str, azure: Assembly) -> None:
    assert replaced_state(azure.stacks[name]) == [], (
        "Terraform destroys a resource whose address is gone and makes a new, empty one. Give the old address back, or"
        f" say where it moved (`move_to_id`). If the data may go, take the line out of {STATEFUL_FILE}."
    )


@pytest.mark.plan("DR-6")
@pytest.mark.parametrize("name", STACKS)
def test_what_holds_state_refuses_to_be_destroyed(name: str, azure: Assembly) -> None:
    assert perishable_state(azure.stacks[name]) == []
