"""Base of the embedded clouds: second starts, ports, locks and disks, of each cloud."""

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from local.azure.cloud import EmbeddedAzure
from local.cloud import EmbeddedCloud
from local.embedded import Embedded
from local.errors import EmbeddedCloudError
from local.gcp.cloud import EmbeddedGoogleCloud


@pytest.fixture(params=["cloud", "google_cloud", "azure_cloud"])
def shared(request: pytest.FixtureRequest) -> Embedded:
    """A running embedded cloud, which tests share."""
    cloud: Embedded = request.getfixturevalue(request.param)
    return cloud


@pytest.fixture(params=["own_cloud", "own_google_cloud", "own_azure_cloud"])
def own(request: pytest.FixtureRequest) -> Embedded:
    """A running embedded cloud of one's own."""
    cloud: Embedded = request.getfixturevalue(request.param)
    return cloud


def again(cloud: Embedded) -> Embedded:
    """The same cloud, as another command sees it."""
    # Each cloud knows its program, which the base is given.
    made: Callable[[Path], Embedded] = type(cloud)
    return made(cloud.directory)


def test_a_running_cloud_is_not_started_twice(shared: Embedded) -> None:
    assert again(shared).start() is False


def test_its_state_is_read_by_its_user_only(shared: Embedded) -> None:
    for folder in shared.folders:
        assert (shared.directory / folder).stat().st_mode & 0o077 == 0, folder


def test_a_busy_port_is_left_to_its_owner(own: Embedded) -> None:
    port = int(own.endpoint.rsplit(":", 1)[1])
    own.stop()
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen()
        own.start()
        assert not own.endpoint.endswith(f":{port}")


def test_a_second_command_is_turned_away(shared: Embedded) -> None:
    with (
        shared.lock("a deploy"),
        pytest.raises(EmbeddedCloudError, match=rf"a deploy, process {os.getpid()}"),
        again(shared).lock("make destroy"),
    ):
        pass
    with shared.lock("a deploy"):
        """The first has ended."""


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.mark.parametrize("kind", [EmbeddedCloud, EmbeddedGoogleCloud, EmbeddedAzure])
def test_a_full_disk_is_reported_before_anything_begins(
    kind: type[EmbeddedCloud] | type[EmbeddedGoogleCloud] | type[EmbeddedAzure],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10, 10, 0))
    with pytest.raises(EmbeddedCloudError, match="disk is full"):
        kind(tmp_path).start()
