"""Alarms and pages of sections of signals: names, receivers and suppression, in no cloud's terms (MON-7, MON-8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic

from constructs_lib.signals.signal import RUNBOOKS, Metric, Metric_co, Receiver, Section, Severity, Signal, Threshold


@dataclass(frozen=True, kw_only=True)
class Alarm(Generic[Metric_co]):
    """Alarm on one threshold of a signal.

    Attributes:
        name: ``Users-ErrorRate-Critical``; the environment's name stands before it.
        severity: which of the signal's thresholds it is on.
        signal: its metric and its text.
        threshold: when it goes off.
        page: name of the page that notifies instead of it; empty where it notifies by itself.
    """

    name: str
    severity: Severity
    signal: Signal[Metric_co]
    threshold: Threshold
    page: str

    @property
    def receiver(self) -> Receiver | None:
        """Receiver of the alarm; None where a page notifies instead of it."""
        return None if self.page else self.severity.receiver


@dataclass(frozen=True, kw_only=True)
class Page(Generic[Metric_co]):
    """One message for all critical alarms of a section.

    Attributes:
        name: ``Users-Page``; the environment's name stands before it.
        section: whose critical alarms it joins.
        alarms: these alarms; it is on while any of them is.
        description: its text.
        suppressed_by: page that keeps this one from notifying while it is on; None for the first.
    """

    name: str
    section: Section[Metric_co]
    alarms: Sequence[Alarm[Metric_co]]
    description: str
    suppressed_by: "Page[Metric_co] | None"

    severity = Severity.CRITICAL
    receiver = Severity.CRITICAL.receiver


def alarms_of(section: Section[Metric], signal: Signal[Metric]) -> Sequence[Alarm[Metric]]:
    """Return the alarms of a signal, one for each threshold.

    Critical alarms of a section with a page message notify no receiver: the section's page does, once for all of them.
    """
    return [
        Alarm(
            name=f"{section.name}-{signal.name}-{severity}",
            severity=severity,
            signal=signal,
            threshold=threshold,
            page=_page_name(section) if section.page_message and severity is Severity.CRITICAL else "",
        )
        for severity, threshold in signal.thresholds.items()
    ]


def pages_of(sections: Sequence[Section[Metric]]) -> Sequence[Page[Metric]]:
    """Return the pages of the sections that have a page message.

    The first is the outage. While it is on the others are suppressed: what users notice is one outage, whatever its
    causes.
    """
    pages: list[Page[Metric]] = []
    for section in sections:
        if section.page_message:
            alarms = [alarm for signal in section.signals for alarm in alarms_of(section, signal)]
            page = Page(
                name=_page_name(section),
                section=section,
                alarms=[alarm for alarm in alarms if alarm.page],
                description=f"{section.page_message} Runbook: {RUNBOOKS}/{section.runbook}.md",
                suppressed_by=pages[0] if pages else None,
            )
            pages.append(page)
    return pages


def _page_name(section: Section[Metric]) -> str:
    return f"{section.name}-Page"
