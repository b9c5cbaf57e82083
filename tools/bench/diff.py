"""Diffs that are compared: of all, of one line and of nothing, beside a synthesis of each cloud; and of ever more.

What is measured last is one more environment among many.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path

from assembly.process_environment import without_user_settings
from assembly.synth_cache import clouds_of
from review.model.report import ExitCode
from tools.bench.copies import CheckoutCopy
from tools.bench.processes import ProcessTree, Run, measure
from tools.bench.synth import Measurement, synth_measurement

ALL = "diff: all clouds and environments, warm base"
SLOWEST_CLOUD = "diff: the slowest cloud, synthesized once"
UNCHANGED = "diff: nothing changed"
CLOUD = "diff: all of {cloud}, synthesized"
LINE = "diff: one line of a construct of {cloud}, warm base"
# Those with a construct in which a line is changed.
LINES_OF = ("aws", "gcp")
_NUMBERS = (1, 5, 20)


def diff_measurements(folder: Path) -> Mapping[str, Measurement]:
    """Return the measurements of each round: a synthesis of each cloud, and diffs with a warm base."""
    copy = CheckoutCopy(folder / "diff")
    clouds = {
        CLOUD.format(cloud=cloud): synth_measurement(cloud, folder / "synth" / cloud, copy.folder)
        for cloud in clouds_of(None)
    }
    copies = {cloud: CheckoutCopy(folder / f"diff-{cloud}") for cloud in LINES_OF}
    lines = {
        LINE.format(cloud=cloud): _diff(other, partial(other.edit_construct, cloud)) for cloud, other in copies.items()
    }
    unchanged = _diff(CheckoutCopy(folder / "diff-unchanged"), lambda: None, {ExitCode.NOTHING})
    return {**clouds, ALL: _diff(copy, copy.edit), **lines, UNCHANGED: unchanged}


def growing_diff_measurements(folder: Path) -> Mapping[str, Measurement]:
    """Return diffs of one environment among more and more."""
    copies = {number: CheckoutCopy(folder / f"diff-{number}", number) for number in _NUMBERS}
    return {
        f"diff: one of {number} environment{'s' if number > 1 else ''}": _diff(copy, copy.edit)
        for number, copy in copies.items()
    }


def with_slowest(runs: Mapping[str, Sequence[Run]]) -> Mapping[str, Sequence[Run]]:
    """Return the runs, with the slowest cloud of each round among them."""
    clouds = [runs[name] for cloud in clouds_of(None) if (name := CLOUD.format(cloud=cloud)) in runs]
    if not clouds:
        return runs
    return {**runs, SLOWEST_CLOUD: [max(several, key=lambda run: run.seconds) for several in zip(*clouds, strict=True)]}


def _diff(
    copy: CheckoutCopy,
    edit: Callable[[], None],
    exit_codes: Collection[int] = frozenset({ExitCode.CHANGES, ExitCode.NEEDS_A_YES}),
) -> Measurement:
    def run() -> Run:
        edit()
        return measure(
            copy.command("review"),
            folder=copy.folder,
            environment=without_user_settings(),
            tree=ProcessTree(),
            exit_codes=exit_codes,
        )

    return run
