"""Snapshots of the CloudFormation stacks, a file for each, and the list of all that holds state.

``make snapshots`` accepts a change. Production is written as a whole, other environments as what differs from it.
"""

from pathlib import Path

import pytest
import yaml
from syrupy.assertion import SnapshotAssertion

import environments
from assembly import open_assembly
from tests.aws.assembly import Assembly
from tests.aws.snapshot_format import document
from tests.aws.stateful import STATEFUL_FILE, pin, stateful
from tests.stacks.one_file_per_stack import FOLDER, AwsSnapshot
from tests.stacks.snapshot_differences import Snapshots

PARTS = ["-Foundation", "-Network", "-Data", "-Service", "-Edge", ""]
STACKS = [
    "GoodiesAccount",
    "GoodiesAccount-Costs",
    "GoodiesAccount-Recovery",
    "GoodiesDelivery",
    "GoodiesDelivery-Recovery",
    *(f"Goodies{name}{part}" for name in ("Dev", "Staging", "Prod") for part in PARTS),
    "GoodiesProd-RecoveryKey",
    "GoodiesProd-Recovery",
    "GoodiesProd-Standby",
]


@pytest.fixture(scope="module")
def snapshots(assembly_folder: Path) -> Snapshots:
    found = open_assembly(assembly_folder)
    documents = {name: document(stack, found) for name, stack in found.stacks.items()}
    return Snapshots(found.stacks, documents, environments.load())


@pytest.mark.parametrize("name", STACKS)
def test_the_stack_is_what_it_was(name: str, snapshots: Snapshots, snapshot: SnapshotAssertion) -> None:
    assert snapshots.text(name) == snapshot(extension_class=AwsSnapshot)


@pytest.mark.parametrize("name", STACKS)
def test_the_file_and_that_of_production_say_all_about_a_stack(name: str, snapshots: Snapshots) -> None:
    assert yaml.safe_load(snapshots.text(name)) == snapshots.content(name)
    assert snapshots.recovered(name) == snapshots.documents[name]


def test_every_stack_has_its_file(assembly: Assembly) -> None:
    assert set(assembly.stacks) == set(STACKS)
    assert {path.stem for path in (FOLDER / "aws").iterdir()} == set(STACKS)


def test_what_holds_state_is_written_down(assembly: Assembly, request: pytest.FixtureRequest) -> None:
    present = {pin(resource) for environment in assembly.environments for resource in stateful(environment)}
    written = set(STATEFUL_FILE.read_text().splitlines())
    if request.config.option.update_snapshots:
        # What is new is added. What is gone stays until a person takes it out.
        STATEFUL_FILE.write_text("\n".join(sorted(written | present)) + "\n")
    else:
        assert sorted(present - written) == [], f"not yet in {STATEFUL_FILE}: run make snapshots"
