"""Files of the snapshots, ``tests/snapshots/<cloud>/<stack>.yaml``; `make snapshots` writes them anew."""

from pathlib import Path
from typing import ClassVar

from syrupy.data import Snapshot, SnapshotCollection
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from syrupy.location import PyTestLocation
from syrupy.types import SnapshotIndex

FOLDER = Path(__file__).parents[1] / "snapshots"


class OneFilePerStack(SingleFileSnapshotExtension):
    """Snapshot of ``test_the_stack_is_what_it_was[<stack>]`` in a file of its own; subclasses name the cloud.

    Attributes:
        cloud: name of the folder.
    """

    cloud: ClassVar[str]
    _write_mode = WriteMode.TEXT
    file_extension = "yaml"

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:  # noqa: ARG003 - the signature is the library's
        return str(FOLDER / cls.cloud)

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


class AwsSnapshot(OneFilePerStack):
    """Snapshot of a CloudFormation stack."""

    cloud = "aws"


class GcpSnapshot(OneFilePerStack):
    """Snapshot of a Terraform stack of Google Cloud."""

    cloud = "gcp"


class AzureSnapshot(OneFilePerStack):
    """Snapshot of a Terraform stack of Azure."""

    cloud = "azure"


def _test_of(snapshot_location: str) -> str:
    return f"test_the_stack_is_what_it_was[{Path(snapshot_location).stem}]"
