"""Keeps the text of each stack in ``tests/snapshots/<stack>.yaml``, which `make snapshots` writes anew."""

from pathlib import Path

from syrupy.data import Snapshot, SnapshotCollection
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from syrupy.location import PyTestLocation
from syrupy.types import SnapshotIndex


class OneFilePerStack(SingleFileSnapshotExtension):
    """The file of ``test_the_stack_is_what_it_was[<stack>]``, whichever module that test stands in."""

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
    return f"test_the_stack_is_what_it_was[{Path(snapshot_location).stem}]"
