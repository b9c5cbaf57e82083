"""Benchmark of synthesis, deploy, diff and memory: ratios and limits."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from tools.bench import deploy, diff, synth
from tools.bench.copies import CheckoutCopy
from tools.bench.figures import figures
from tools.bench.processes import MeasuredCommandFailedError, ProcessTree, Run, measure
from tools.bench.report import show, write

RUNS = {
    synth.EMPTY: [Run(1.0, 1.0, 100.0), Run(2.0, 1.0, 100.0), Run(1.0, 1.0, 100.0)],
    synth.ONE: [Run(2.5, 2.0, 500.0), Run(5.0, 2.0, 700.0), Run(4.0, 2.0, 600.0)],
    deploy.COLD: [Run(40.0, 9.0, 900.0)],
    deploy.UNCHANGED: [Run(10.0, 1.0, 3000.0)],
}


def test_a_ratio_is_taken_within_its_round() -> None:
    one = figures(RUNS)[0]
    assert (one.value, one.quickest, one.met) == (2.5, 2.5, True)


def test_what_exceeds_its_limit_is_missed() -> None:
    assert {figure.name: figure.met for figure in figures(RUNS)} == {
        "synth: one environment / empty application": True,
        "deploy: unchanged / cold": False,
        "synth: peak memory": True,
        "deploy: peak memory": False,
    }


def test_everything_is_shown_and_written(tmp_path: Path) -> None:
    console = Console(width=120)
    with console.capture() as captured:
        show(RUNS, figures(RUNS), console)
    assert "missed" in captured.get()
    write(tmp_path / "build" / "bench.json", RUNS, figures(RUNS))
    written = json.loads((tmp_path / "build" / "bench.json").read_text())
    assert written["runs"][synth.ONE][1] == {"seconds": 5.0, "cpu_seconds": 2.0, "peak_mib": 700.0}
    assert written["versions"]["aws-cdk-lib"]


def test_the_memory_of_descendants_counts(tmp_path: Path) -> None:
    hungry = "import time; x = bytearray(150 * 1024**2); time.sleep(0.5)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {hungry!r}])"
    run = measure([sys.executable, "-c", parent], folder=tmp_path, environment=os.environ, tree=ProcessTree())
    assert run.peak_mib > 150
    assert run.seconds > 0.5


def test_a_command_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(MeasuredCommandFailedError, match="no such luck"):
        measure(
            [sys.executable, "-c", "raise SystemExit('no such luck')"],
            folder=tmp_path,
            environment=os.environ,
            tree=ProcessTree(),
        )


def test_the_diff_is_compared_with_the_slowest_cloud_of_its_round() -> None:
    runs = {
        "diff: all of aws, synthesized": [Run(10.0, 9.0, 900.0), Run(20.0, 9.0, 900.0)],
        "diff: all of gcp, synthesized": [Run(12.0, 9.0, 900.0), Run(10.0, 9.0, 900.0)],
        diff.ALL: [Run(12.0, 9.0, 2900.0), Run(24.0, 9.0, 3000.0)],
    }
    ratio, memory = figures(diff.with_slowest(runs))
    assert (ratio.value, ratio.limit, ratio.met) == (1.1, 1.5, True)
    assert (memory.value, memory.limit, memory.met) == (3000.0, 3072.0, True)


def test_a_copy_holds_the_requested_number_of_environments(tmp_path: Path) -> None:
    copy = CheckoutCopy(tmp_path / "copy", 20)
    load = "from environments import load; print(sorted(each.budget_usd for each in load()))"
    command = [sys.executable, "-c", load]

    def budgets() -> list[int]:
        done = subprocess.run(command, cwd=copy.folder, check=True, capture_output=True, text=True)
        return list(json.loads(done.stdout))

    before = budgets()
    assert len(before) == 20
    copy.edit()
    assert len(set(budgets()) - set(before)) == 1
    status = ["git", "-C", str(copy.folder), "status", "--porcelain"]
    assert subprocess.run(status, check=True, capture_output=True, text=True).stdout.split() == [
        "M",
        "environments/e19.yaml",
    ]
