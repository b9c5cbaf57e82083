"""Shows the figures, and writes them with all that is needed to judge them later."""

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from statistics import median

import psutil
from rich.console import Console
from rich.table import Column, Table

from assembly.clouds import CLOUDS
from assembly.process_environment import without_user_settings
from review.model.change import Verdict
from review.model.report import Coverage
from tools.bench.figures import Figure, Runs

_LIBRARIES = ("aws-cdk-lib", "cdk-nag", "cdk-monitoring-constructs", "cdktf", "constructs", "jsii", "ministack")
_TOOLS = ("node", "cdk")


def show(runs: Runs, figures: Sequence[Figure], console: Console) -> None:
    """Print what was measured, and what is to be said about it."""
    measured = Table("Measured", *_numbers("Quickest s", "Median s", "CPU s", "Peak MiB"), box=None, pad_edge=False)
    for name, several in runs.items():
        seconds = [run.seconds for run in several]
        measured.add_row(
            name,
            f"{min(seconds):.2f}",
            f"{median(seconds):.2f}",
            # The cloud that a deploy leaves behind is not in its CPU time, so that time would mislead.
            f"{min(run.cpu_seconds for run in several):.2f}" if not name.startswith("deploy") else "",
            f"{max(run.peak_mib for run in several):.0f}",
        )
    judged = Table("Figure", *_numbers("Measured", "Quickest", "Target"), "", box=None, pad_edge=False)
    for figure in figures:
        digits = 2 if figure.unit == "x" else 0
        judged.add_row(
            figure.name,
            f"{figure.value:.{digits}f} {figure.unit}",
            f"{figure.quickest:.{digits}f} {figure.unit}" if figure.unit == "x" else "",
            f"≤ {figure.limit:.3g} {figure.unit}",
            "[green]met[/]" if figure.met else "[red]missed[/]",
        )
    console.print(measured, "", judged, sep="\n")


def show_coverage(coverage: Sequence[Coverage], console: Console) -> None:
    """Print how many settings of each environment the review judges, by what a change of them could be at the worst."""
    table = Table("Settings", *_numbers("Danger", "Harmless", "Not judged", "Judged"), box=None, pad_edge=False)
    for each in coverage:
        table.add_row(
            f"{each.environment} on {CLOUDS.get(each.cloud, each.cloud)}",
            *(f"{each.counts.get(verdict, 0):,}" for verdict in (Verdict.DANGER, Verdict.HARMLESS, Verdict.UNJUDGED)),
            f"{each.judged:.0%}",
        )
    console.print("", table, sep="\n")


def write(file: Path, runs: Runs, figures: Sequence[Figure]) -> None:
    """Write every single run, the figures, the versions and the machine."""
    content = {
        "taken": datetime.now(UTC).isoformat(timespec="seconds"),
        "host": {
            "system": platform.platform(),
            "processor": platform.machine(),
            "cores": os.cpu_count(),
            "memory_mib": psutil.virtual_memory().total // 1024**2,
            "load_average": os.getloadavg(),
        },
        "versions": _versions(),
        "runs": {name: [asdict(run) for run in several] for name, several in runs.items()},
        "figures": [asdict(figure) | {"met": figure.met} for figure in figures],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, indent=2) + "\n")


def _versions() -> dict[str, str]:
    tools = {
        name: subprocess.run(  # noqa: S603 - the pinned tools
            [name, "--version"], env=without_user_settings(), capture_output=True, text=True, check=True
        ).stdout.strip()
        for name in _TOOLS
    }
    return {"python": platform.python_version(), **tools, **{name: metadata.version(name) for name in _LIBRARIES}}


def _numbers(*titles: str) -> list[Column]:
    return [Column(title, justify="right") for title in titles]
