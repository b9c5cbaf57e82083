"""Synthesized stacks with projects of one's own, and the Google Cloud that they are for."""

from pathlib import Path

import pytest

from tests.admin.bootstrap.gcp.world import World
from tests.pauses import without_pauses


@pytest.fixture(scope="session")
def stacks(gcp_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the stacks, whose projects are no examples."""
    folder = tmp_path_factory.mktemp("stacks") / "cdktf.out"
    for source in [gcp_folder / "manifest.json", *gcp_folder.glob("stacks/*/cdk.tf.json")]:
        target = folder / source.relative_to(gcp_folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(source.read_text().replace("example-goodies-", "acme-goodies-"))
    return folder


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Google Cloud before the first bootstrap."""
    without_pauses(monkeypatch)
    return World()
