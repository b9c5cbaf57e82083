"""Signals: severity, threshold, missing data and graph of each metric, in no cloud's terms (MON-7, MON-8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from environments import AlarmPolicy, Levels

RUNBOOKS = "docs/runbooks"

# A metric in a cloud's own form: of functions, and of classes that only hand it out.
Metric = TypeVar("Metric")
Metric_co = TypeVar("Metric_co", covariant=True)


class Receiver(StrEnum):
    """Receiver of an alarm.

    ON_CALL is paged at any hour; TEAM is mailed and reads it during the day; ROLLBACK is no person: the cloud's
    automatic rollback.
    """

    ON_CALL = "on call"
    TEAM = "team"
    ROLLBACK = "rollback"


class Severity(StrEnum):
    """Severity of an alarm.

    CRITICAL pages on call; WARNING mails the team; GROWTH mails the team with the command that resizes the component;
    ROLLBACK rolls the running deployment back.
    """

    CRITICAL = "Critical"
    WARNING = "Warning"
    GROWTH = "Growth"
    ROLLBACK = "Rollback"

    @property
    def receiver(self) -> Receiver:
        """Receiver of alarms of this severity."""
        return _RECEIVERS[self]


_RECEIVERS = {
    Severity.CRITICAL: Receiver.ON_CALL,
    Severity.WARNING: Receiver.TEAM,
    Severity.GROWTH: Receiver.TEAM,
    Severity.ROLLBACK: Receiver.ROLLBACK,
}


class MissingData(StrEnum):
    """Treatment of missing data: what an alarm takes a period without a value for."""

    OK = "ok"
    BREACHING = "breaching"


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """Threshold of an alarm.

    Attributes:
        value: the number beyond which a period breaches; in the metric's unit.
        periods: how many of the metric's periods in a row must breach.
    """

    value: float
    periods: int


@dataclass(frozen=True, kw_only=True)
class Signal(Generic[Metric_co]):
    """A metric with a line on the dashboard and an alarm for each threshold.

    Attributes:
        name: the last part of its alarms' names, after the section's.
        metric: the metric in the cloud's own form.
        summary: what users notice when it breaches.
        first_check: the first thing to look at.
        runbook: a file in ``docs/runbooks`` without its ending.
        thresholds: one by severity.
        below: whether it breaches below its thresholds rather than above.
        missing_data: what a period without a value counts as.
    """

    name: str
    metric: Metric_co
    summary: str
    first_check: str
    runbook: str
    thresholds: Mapping[Severity, Threshold]
    below: bool = False
    missing_data: MissingData = MissingData.OK

    @property
    def description(self) -> str:
        """Description of its alarms: summary, first check and runbook."""
        return f"{self.summary} First check: {self.first_check} Runbook: {RUNBOOKS}/{self.runbook}.md"


@dataclass(frozen=True, kw_only=True)
class Graph(Generic[Metric_co]):
    """A graph of the dashboard.

    Attributes:
        title: text above it.
        shows: its lines: signals, and metrics without an alarm.
    """

    title: str
    shows: Sequence[Signal[Metric_co] | Metric_co]


@dataclass(frozen=True, kw_only=True)
class Section(Generic[Metric_co]):
    """A section of the dashboard, whose critical alarms page together.

    Attributes:
        name: text above it, and the first part of its alarms' names.
        graphs: its graphs.
        page_message: text of the one page for all its critical alarms; where empty, each of them pages by itself.
        runbook: runbook of that page.
    """

    name: str
    graphs: Sequence[Graph[Metric_co]]
    page_message: str = ""
    runbook: str = ""

    @property
    def signals(self) -> Sequence[Signal[Metric_co]]:
        """The signals of all graphs, in their order."""
        return [item for graph in self.graphs for item in graph.shows if isinstance(item, Signal)]


def critical_and_warning(levels: Levels, *, policy: AlarmPolicy) -> Mapping[Severity, Threshold]:
    """Return the critical and the warning threshold of a metric whose period is a minute.

    Args:
        levels: the values, such as ``policy.cpu_percent``.
        policy: for how many minutes each must be exceeded.
    """
    return {
        Severity.CRITICAL: Threshold(value=levels.critical, periods=policy.critical_after_minutes),
        Severity.WARNING: Threshold(value=levels.warning, periods=policy.warning_after_minutes),
    }
