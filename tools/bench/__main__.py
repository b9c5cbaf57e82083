"""Benchmark (``python -m tools.bench``): time and memory of synthesis, diff and deploy, as ratios."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from errors import exit_on_error
from review.report import coverage_of_checkout
from tools.bench.deploy import deploy_measurements
from tools.bench.diff import diff_measurements, growing_diff_measurements, with_slowest
from tools.bench.figures import Runs, figures
from tools.bench.google import google_measurements
from tools.bench.processes import MeasuredCommandFailedError, Run
from tools.bench.report import show, show_coverage, write
from tools.bench.synth import ROOT, Measurement, synth_measurements

_BUILD = ROOT / "build"
_SCRATCH = _BUILD / "bench"


def main(
    *,
    env: Annotated[Literal["dev", "staging", "prod"], typer.Option(help="The environment to measure.")] = "prod",
    what: Annotated[Literal["all", "synth", "deploy", "diff", "google"], typer.Option(help="What to measure.")] = "all",
    rounds: Annotated[int, typer.Option(min=1, help="How often each synthesis and diff is measured.")] = 5,
    deploys: Annotated[int, typer.Option(min=1, help="How often each deploy is measured.")] = 2,
    providers: Annotated[Path | None, typer.Option(help="Terraform's filesystem mirror, to measure google.")] = None,
    charts: Annotated[Path | None, typer.Option(help="Folder of charts' archives, to measure google.")] = None,
    output: Annotated[Path, typer.Option(help="Where the raw figures go.")] = _BUILD / "bench.json",
    strict: Annotated[bool, typer.Option("--strict", help="Fail when a target is missed.")] = False,
) -> None:
    """Measure on this machine, now. Only the ratios carry over to another."""
    console = Console()
    runs: dict[str, Sequence[Run]] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with ExitStack() as stack:
            progress = stack.enter_context(Progress(*columns, console=console, transient=True))
            if what in {"all", "synth"}:
                runs |= _rounds(synth_measurements(env, _SCRATCH / "synth"), rounds, progress, warm_up=True)
            if what in {"all", "diff"}:
                runs |= with_slowest(_rounds(diff_measurements(_SCRATCH), rounds, progress, warm_up=True))
                # Nothing is judged here: how it grows is seen from one run of each.
                runs |= _rounds(growing_diff_measurements(_SCRATCH), 1, progress, warm_up=True)
            if what in {"all", "deploy"}:
                measurements = stack.enter_context(deploy_measurements(env, _SCRATCH / "embedded"))
                runs |= _rounds(measurements, deploys, progress, warm_up=False)
            if what == "google":
                if not (providers and charts):
                    raise typer.BadParameter("google needs --providers and --charts")
                place = _SCRATCH / "embedded-google"
                measurements = stack.enter_context(google_measurements(env, place, providers=providers, charts=charts))
                runs |= _rounds(measurements, deploys, progress, warm_up=False)
    except MeasuredCommandFailedError as failure:
        console.print(str(failure), style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    found = figures(runs)
    show(runs, found, console)
    if what in {"all", "diff"}:
        show_coverage(coverage_of_checkout(), console)
    write(output, runs, found)
    console.print(f"\nEvery run, the versions and the machine: {output}", highlight=False, soft_wrap=True)
    if strict and not all(figure.met for figure in found):
        raise typer.Exit(1)


def _rounds(measurements: Mapping[str, Measurement], repeats: int, progress: Progress, *, warm_up: bool) -> Runs:
    """Run all measurements in turn, then again, so that a machine that slows down slows all of them down.

    Args:
        measurements: what to run, by name.
        repeats: how many rounds count.
        progress: where to show how far it is.
        warm_up: whether a round goes before that fills the caches and does not count.
    """
    runs: dict[str, list[Run]] = {name: [] for name in measurements}
    shown = progress.add_task("", total=(repeats + warm_up) * len(measurements))
    for number in range(repeats + warm_up):
        counts = number >= warm_up
        for name, measurement in measurements.items():
            progress.update(shown, description=name if counts else f"{name}, to warm up")
            run = measurement()
            if counts:
                runs[name].append(run)
            progress.advance(shown)
            if not progress.console.is_terminal:
                progress.console.print(
                    f"{name}: {run.seconds:.2f} s" + ("" if counts else ", to warm up"), highlight=False
                )
    progress.remove_task(shown)
    return runs


if __name__ == "__main__":
    with exit_on_error():
        typer.run(main)
