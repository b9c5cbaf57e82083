"""The diffs that are compared: of all there is, beside one synthesis of each cloud, and of ever more environments."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from assembly.process_environment import without_user_settings
from assembly.synth_cache import clouds_of
from review.model.report import ExitCode
from tools.bench.copies import Copy
from tools.bench.processes import Family, Run, measure
from tools.bench.synth import Task, whole

ALL = "diff: all clouds and environments, warm base"
SLOWEST = "diff: the slowest cloud, synthesized once"
_CLOUD = "diff: all of {cloud}, synthesized"
_NUMBERS = (1, 5, 20)


def diffs(folder: Path) -> Mapping[str, Task]:
    """Return what runs in each round: a synthesis of each cloud, and the diff of a change of one environment."""
    copy = Copy(folder / "diff")
    clouds = {
        _CLOUD.format(cloud=cloud): whole(cloud, folder / "synth" / cloud, copy.folder) for cloud in clouds_of(None)
    }
    return {**clouds, ALL: _diff(copy)}


def growing(folder: Path) -> Mapping[str, Task]:
    """Return diffs of one environment among more and more."""
    return {
        f"diff: one of {number} environment{'s' if number > 1 else ''}": _diff(Copy(folder / f"diff-{number}", number))
        for number in _NUMBERS
    }


def with_slowest(runs: Mapping[str, Sequence[Run]]) -> Mapping[str, Sequence[Run]]:
    """Return the runs, with the slowest cloud of each round among them."""
    clouds = [runs[name] for cloud in clouds_of(None) if (name := _CLOUD.format(cloud=cloud)) in runs]
    if not clouds:
        return runs
    return {**runs, SLOWEST: [max(several, key=lambda run: run.seconds) for several in zip(*clouds, strict=True)]}


def _diff(copy: Copy) -> Task:
    def run() -> Run:
        copy.edit()
        return measure(
            copy.command("review"),
            folder=copy.folder,
            environment=without_user_settings(),
            family=Family(),
            ends={ExitCode.CHANGES, ExitCode.NEEDS_A_YES},
        )

    return run
