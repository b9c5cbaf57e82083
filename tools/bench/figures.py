"""Figures of a benchmark: ratios and peaks of its runs, each with its limit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from tools.bench import deploy, diff, google, synth
from tools.bench.processes import Run

Runs = Mapping[str, Sequence[Run]]

# What is measured, against what, and how many times as long it may take.
_LIMITS = (
    (synth.ONE, synth.EMPTY, 3.0),
    (synth.ALL, synth.EMPTY, 6.0),
    (synth.EDIT, synth.EMPTY, 1.5),
    (synth.GCP_ONE, synth.GCP_STOCK, 1 / 3.5),
    (synth.GCP_ONE, synth.GCP_LEAST, 1.5),
    (deploy.UNCHANGED, deploy.COLD, 0.2),
    (deploy.SERVED, deploy.COLD, 1.7),
    (google.COLD, google.BARE, 1.5),
    (diff.ALL, diff.SLOWEST_CLOUD, 1.5),
    (diff.UNCHANGED, diff.SLOWEST_CLOUD, 0.5),
    *((diff.LINE.format(cloud=cloud), diff.CLOUD.format(cloud=cloud), 1.3) for cloud in diff.LINES_OF),
)
_MEMORY_LIMITS_MIB = {"synth": 2048.0, "deploy": 2048.0, "diff": 3072.0, google.SERVER: 300.0}


@dataclass(frozen=True)
class Figure:
    """One thing that is to stay below a limit.

    Attributes:
        value: what was measured. A ratio is taken within each round, whose runs follow each other on the same machine
            in the same state, and the median of the rounds counts.
        quickest: the ratio of the quickest runs. On a machine that does nothing else both are alike.
    """

    name: str
    value: float
    quickest: float
    limit: float
    unit: str

    @property
    def met(self) -> bool:
        """True when the figure is below its limit."""
        return self.value <= self.limit


def figures(runs: Runs) -> list[Figure]:
    """Return every figure that these runs allow."""
    found = [
        Figure(
            f"{name} / {base.partition(': ')[2]}",
            median(run.seconds / other.seconds for run, other in zip(runs[name], runs[base], strict=True)),
            _quickest(runs[name]) / _quickest(runs[base]),
            limit,
            "x",
        )
        for name, base, limit in _LIMITS
        if name in runs and base in runs
    ]
    for kind, limit in _MEMORY_LIMITS_MIB.items():
        peaks = [run.peak_mib for name, several in runs.items() if name.startswith(kind) for run in several]
        if peaks:
            found.append(Figure(f"{kind}: peak memory", max(peaks), min(peaks), limit, "MiB"))
    return found


def _quickest(runs: Sequence[Run]) -> float:
    return min(run.seconds for run in runs)
