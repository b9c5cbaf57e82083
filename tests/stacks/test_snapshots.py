"""One readable file per stack: what a change of the code changes in the cloud. ``make snapshots`` writes them anew."""

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.aws.assembly import Assembly
from tests.aws.snapshot_format import as_yaml
from tests.aws.stateful import STATEFUL_FILE, pin, stateful
from tests.one_file_per_stack import OneFilePerStack

PARTS = ["-Foundation", "-Network", "-Data", "-Service", "-Edge", ""]
STACKS = [
    "GoodiesAccount",
    "GoodiesAccount-Recovery",
    "GoodiesDelivery",
    *(f"Goodies{name}{part}" for name in ("Dev", "Staging", "Prod") for part in PARTS),
    "GoodiesProd-Recovery",
    "GoodiesProd-Standby",
]


@pytest.mark.parametrize("name", STACKS)
def test_the_stack_is_what_it_was(name: str, assembly: Assembly, snapshot: SnapshotAssertion) -> None:
    assert as_yaml(assembly.stacks[name]) == snapshot(extension_class=OneFilePerStack)


def test_every_stack_has_its_file(assembly: Assembly) -> None:
    assert set(assembly.stacks) == set(STACKS)


def test_what_holds_state_is_written_down(assembly: Assembly, request: pytest.FixtureRequest) -> None:
    names = {name.split("-")[0] for name in assembly.stacks}
    present = {pin(resource) for name in names for resource in stateful(assembly.environment(name))}
    written = set(STATEFUL_FILE.read_text().splitlines())
    if request.config.option.update_snapshots:
        # What is new is added. What is gone stays until a person takes it out.
        STATEFUL_FILE.write_text("\n".join(sorted(written | present)) + "\n")
    else:
        assert sorted(present - written) == [], f"not yet in {STATEFUL_FILE}: run make snapshots"
