"""One readable file per stack: what a change of the code changes in the cloud. ``make snapshots`` writes them anew."""

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.data import Snapshot, SnapshotCollection
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from syrupy.location import PyTestLocation
from syrupy.types import SnapshotIndex

from tests.assembly import Assembly
from tests.readable import readable
from tests.state import STATEFUL_FILE, pin, stateful

PARTS = ["-Foundation", "-Network", "-Data", "-Service", "-Edge", ""]
STACKS = [
    "GoodiesAccount",
    "GoodiesAccount-Recovery",
    "GoodiesDelivery",
    *(f"Goodies{name}{part}" for name in ("Dev", "Staging", "Prod") for part in PARTS),
    "GoodiesProd-Recovery",
    "GoodiesProd-Standby",
]


class OneFilePerStack(SingleFileSnapshotExtension):
    """Keeps the text of a stack in ``tests/snapshots/<stack>.yaml``."""

    _write_mode = WriteMode.TEXT
    file_extension = "yaml"

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:
        return str(Path(test_location.filepath).parent.parent / "snapshots")

    @classmethod
    def get_file_basename(cls, *, test_location: PyTestLocation, index: SnapshotIndex) -> str:
        return cls.get_snapshot_name(test_location=test_location, index=index).partition("[")[2].removesuffix("]")

    @classmethod
    def matches_test_location(cls, *, test_location: PyTestLocation, snapshot_location: str) -> bool:
        return test_location.snapshot_name == _test_of(snapshot_location)

    def read_snapshot_collection(self, *, snapshot_location: str) -> SnapshotCollection:
        collection = SnapshotCollection(location=snapshot_location)
        collection.add(Snapshot(name=_test_of(snapshot_location)))
        return collection


def _test_of(snapshot_location: str) -> str:
    return f"{test_the_stack_is_what_it_was.__name__}[{Path(snapshot_location).stem}]"


@pytest.mark.parametrize("name", STACKS)
def test_the_stack_is_what_it_was(name: str, assembly: Assembly, snapshot: SnapshotAssertion) -> None:
    assert readable(assembly.stacks[name]) == snapshot(extension_class=OneFilePerStack)


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
