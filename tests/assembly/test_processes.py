"""Parallel work ends with its processes, when a part of it fails and at Ctrl-C."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assembly.processes import for_each, run
from tests.synthesis import CHECKOUT

# Writes its process id, then takes longer than anybody waits.
SLOW = "import os, pathlib, sys, time; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); time.sleep(3600)"
PARALLEL = f"""
import sys
from pathlib import Path
from assembly.processes import for_each, run
from errors import exit_on_error
with exit_on_error():
    for_each(lambda name: run([sys.executable, "-c", {SLOW!r}, name], cwd=Path(".")), sys.argv[1:])
"""


def wait_for(file: Path) -> int:
    while not (file.exists() and file.read_text()):
        time.sleep(0.02)
    return int(file.read_text())


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_results_come_in_the_order_of_the_items() -> None:
    assert for_each(lambda number: number * 2, [3, 1, 2]) == [6, 2, 4]


def test_the_first_failure_ends_the_others(tmp_path: Path) -> None:
    file = tmp_path / "pid"

    def work(name: str) -> None:
        if name == "slow":
            run([sys.executable, "-c", SLOW, str(file)], cwd=tmp_path)
            raise ValueError("secondary")
        wait_for(file)
        raise LookupError("first")

    with pytest.raises(LookupError, match="first"):
        for_each(work, ["slow", "fails"])
    assert is_gone(wait_for(file))


def test_ctrl_c_ends_them_all_with_one_line(tmp_path: Path) -> None:
    files = [tmp_path / "one", tmp_path / "two"]
    command = subprocess.Popen(
        [sys.executable, "-c", PARALLEL, *map(str, files)], cwd=CHECKOUT, stderr=subprocess.PIPE, text=True
    )
    pids = [wait_for(file) for file in files]
    command.send_signal(signal.SIGINT)  # to this process alone, as a program sends it
    assert command.communicate()[1] == "Interrupted. Run the command again.\n"
    assert command.returncode == 130
    assert all(is_gone(pid) for pid in pids)
