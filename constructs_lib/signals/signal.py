"""What an alarm says, and when, in every cloud (MON-7, MON-8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from environments import AlarmLevel, AlarmPolicy

RUNBOOKS = "docs/runbooks"

# A number as a cloud's monitoring knows it.
Metric_co = TypeVar("Metric_co", covariant=True)


class Severity(StrEnum):
    """What follows: a page, a message to read during the day, the same with a larger size to decide on, a way back."""

    CRITICAL = "Critical"
    WARNING = "Warning"
    GROWTH = "Growth"
    ROLLBACK = "Rollback"


class Silence(StrEnum):
    """What it means when a metric has no value."""

    IS_FINE = "fine"
    IS_BAD = "bad"


@dataclass(frozen=True, kw_only=True)
class Limit:
    """From where on a number is bad.

    Attributes:
        value: beyond it.
        periods: for how many of the metric's periods in a row.
    """

    value: float
    periods: int


@dataclass(frozen=True, kw_only=True)
class Signal(Generic[Metric_co]):
    """A number that is watched: a line on the dashboard, and an alarm for each limit.

    Attributes:
        name: of its alarms, after the section's.
        metric: where it comes from.
        means: what users notice when it is bad.
        look: the first thing to look at.
        runbook: what to do, a file in ``docs/runbooks`` without its ending.
        limits: from where on it is bad, and how bad.
        below: it is bad when it is less than its limits, not more.
        silence: what it means when it has no value.
    """

    name: str
    metric: Metric_co
    means: str
    look: str
    runbook: str
    limits: Mapping[Severity, Limit]
    below: bool = False
    silence: Silence = Silence.IS_FINE

    @property
    def description(self) -> str:
        """What is sent with the alarm."""
        return f"{self.means} Look first: {self.look} Runbook: {RUNBOOKS}/{self.runbook}.md"


@dataclass(frozen=True, kw_only=True)
class Graph(Generic[Metric_co]):
    """One picture.

    Attributes:
        title: above it.
        shows: its lines.
    """

    title: str
    shows: Sequence[Signal[Metric_co] | Metric_co]


@dataclass(frozen=True, kw_only=True)
class Section(Generic[Metric_co]):
    """What belongs together on the dashboard, and pages once.

    Attributes:
        name: above it, and in the names of its alarms.
        graphs: its pictures.
        page: what the page says when any number of the section is critical; left empty, each number pages by itself.
        runbook: of the page.
    """

    name: str
    graphs: Sequence[Graph[Metric_co]]
    page: str = ""
    runbook: str = ""

    @property
    def signals(self) -> Sequence[Signal[Metric_co]]:
        """What has alarms, in the order of the pictures."""
        return [item for graph in self.graphs for item in graph.shows if isinstance(item, Signal)]


def two_levels(policy: AlarmPolicy, key: str) -> Mapping[Severity, Limit]:
    """Return the critical and the warning limit of one of the plan's numbers, for a metric of one minute."""
    if key not in AlarmLevel.model_fields:
        raise KeyError(key)
    return {
        Severity.CRITICAL: Limit(value=getattr(policy.critical, key), periods=policy.critical_after_minutes),
        Severity.WARNING: Limit(value=getattr(policy.warning, key), periods=policy.warning_after_minutes),
    }
