"""One readable file per stack of Google Cloud, and one with all that holds state."""

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.gcp.snapshot_format import as_yaml
from tests.gcp.stateful import STATEFUL_FILE, perishable_state, pin, replaced_state, stateful
from tests.gcp.terraform import Assembly
from tests.one_file_per_stack import OneFilePerStack

STACKS = ["gcp-dev", "gcp-prod", "gcp-shared", "gcp-staging"]


@pytest.mark.parametrize("name", STACKS)
def test_the_stack_is_what_it_was(name: str, gcp: Assembly, snapshot: SnapshotAssertion) -> None:
    assert as_yaml(gcp.stacks[name]) == snapshot(extension_class=OneFilePerStack)


def test_every_stack_has_its_file(gcp: Assembly) -> None:
    assert set(gcp.stacks) == set(STACKS)


def test_what_holds_state_is_written_down(gcp: Assembly, request: pytest.FixtureRequest) -> None:
    present = {pin(resource) for stack in gcp.stacks.values() for resource in stateful(stack)}
    written = set(STATEFUL_FILE.read_text().splitlines())
    if request.config.option.update_snapshots:
        # What is new is added. What is gone stays until a person takes it out.
        STATEFUL_FILE.write_text("\n".join(sorted(written | present)) + "\n")
    else:
        assert sorted(present - written) == [], f"not yet in {STATEFUL_FILE}: run make snapshots"


@pytest.mark.parametrize("name", STACKS)
def test_what_holds_state_keeps_its_address(name: str, gcp: Assembly) -> None:
    assert replaced_state(gcp.stacks[name]) == [], (
        "Terraform destroys a resource whose address is gone and makes a new, empty one. Give the old address back, or"
        f" say where it moved (`move_to_id`). If the data may go, take the line out of {STATEFUL_FILE}."
    )


@pytest.mark.plan("DR-1", "DR-5", "DR-8")
@pytest.mark.parametrize("name", STACKS)
def test_what_holds_state_refuses_to_be_destroyed(name: str, gcp: Assembly) -> None:
    assert perishable_state(gcp.stacks[name]) == []
