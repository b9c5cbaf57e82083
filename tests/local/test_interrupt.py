"""Ctrl-C ends a command with one line, at whatever stage it comes, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from assembly.revisions import CHECKOUT
from local.cloud import EmbeddedCloud

DEPLOY = ("deploy", "--env", "dev")


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].startswith(" Z")


def start(directory: Path, stage: str, marker: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.local.interruptible", str(directory), stage, str(marker), *arguments],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a group of its own, as a shell gives one to each command
    )


def check_end(command: subprocess.Popen[str]) -> None:
    output, errors = command.communicate(timeout=30)
    assert (errors, command.returncode) == ("Interrupted. Run the command again.\n", 130)
    assert "event log" not in output


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's table of processes")
@pytest.mark.parametrize("send", [os.killpg, os.kill], ids=["from the keyboard", "from a program"])
@pytest.mark.parametrize("stage", ["synth", "bootstrap", "deploy"])
def test_ctrl_c_at_a_stage_of_the_cli(
    cloud: EmbeddedCloud, tmp_path: Path, stage: str, send: Callable[[int, int], None]
) -> None:
    marker = tmp_path / "reached"
    # What was synthesized for another stage is not synthesized again.
    (cloud.directory / "assemblies" / "dev" / "sources.sha256").unlink(missing_ok=True)
    command = start(cloud.directory, stage, marker, *DEPLOY)
    wait_until(marker.exists)
    send(command.pid, signal.SIGINT)
    check_end(command)
    wait_until(lambda: not exists(int(marker.read_text())), seconds=5)
    assert cloud.running()
    with cloud.lock("the next command"):
        """It is free."""


def test_ctrl_c_while_the_cloud_starts(tmp_path: Path) -> None:
    directory = tmp_path / "cloud"
    command = start(directory, "synth", tmp_path / "reached", *DEPLOY)
    wait_until((directory / "emulator.json").exists)
    os.killpg(command.pid, signal.SIGINT)
    check_end(command)
    cloud = EmbeddedCloud(directory)
    try:
        assert cloud.start() is False  # it came up all the same, and the next command takes it over
    finally:
        cloud.wipe()
    assert not cloud.running()


def test_ctrl_c_while_the_cloud_is_destroyed(own_cloud: EmbeddedCloud, tmp_path: Path) -> None:
    marker = tmp_path / "reached"
    command = start(own_cloud.directory, "destroy", marker, "destroy")
    wait_until(marker.exists)
    os.killpg(command.pid, signal.SIGINT)
    check_end(command)
    assert own_cloud.wipe() > 0
    assert not own_cloud.directory.exists()


def test_ctrl_c_counts_where_a_script_ignores_it(cloud: EmbeddedCloud, tmp_path: Path) -> None:
    marker = tmp_path / "reached"
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        command = start(cloud.directory, "bootstrap", marker, *DEPLOY)
    finally:
        signal.signal(signal.SIGINT, before)
    wait_until(marker.exists)
    os.killpg(command.pid, signal.SIGINT)
    check_end(command)
