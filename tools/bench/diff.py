"""Diffs that are compared: of all there is, beside one synthesis of each cloud, and of ever more environments."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from assembly.process_environment import without_user_settings
from assembly.synth_cache import clouds_of
from review.model.report import ExitCode
from tools.bench.copies import CheckoutCopy
from tools.bench.processes import ProcessTree, Run, measure
from tools.bench.synth import Measurement, synth_measurement

ALL = "diff: all clouds and environments, warm base"
SLOWEST_CLOUD = "diff: the slowest cloud, synthesized once"
_CLOUD = "diff: all of {cloud}, synthesized"
_NUMBERS = (1, 5, 20)


def diff_measurements(folder: Path) -> Mapping[str, Measurement]:
    """Return the measurements of each round: a synthesis of each cloud, and the diff of a change of one environment."""
    copy = CheckoutCopy(folder / "diff")
    clouds = {
        _CLOUD.format(cloud=cloud): synth_measurement(cloud, folder / "synth" / cloud, copy.folder)
        for cloud in clouds_of(None)
    }
    return {**clouds, ALL: _diff(copy)}


def growing_diff_measurements(folder: Path) -> Mapping[str, Measurement]:
    """Return diffs of one environment among more and more."""
    copies = {number: CheckoutCopy(folder / f"diff-{number}", number) for number in _NUMBERS}
    return {
        f"diff: one of {number} environment{'s' if number > 1 else ''}": _diff(copy) for number, copy in copies.items()
    }


def with_slowest(runs: Mapping[str, Sequence[Run]]) -> Mapping[str, Sequence[Run]]:
    """Return the runs, with the slowest cloud of each round among them."""
    clouds = [runs[name] for cloud in clouds_of(None) if (name := _CLOUD.format(cloud=cloud)) in runs]
    if not clouds:
        return runs
    return {**runs, SLOWEST_CLOUD: [max(several, key=lambda run: run.seconds) for several in zip(*clouds, strict=True)]}


def _diff(copy: CheckoutCopy) -> Measurement:
    def run() -> Run:
        copy.edit()
        return measure(
            copy.command("review"),
            folder=copy.folder,
            environment=without_user_settings(),
            tree=ProcessTree(),
            exit_codes={ExitCode.CHANGES, ExitCode.NEEDS_A_YES},
        )

    return run
