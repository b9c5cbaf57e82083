"""Signals of the CDN and of certificates (MON-3, IMP-4, AWS-7, AWS-9, GCP-7, GCP-9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic

from constructs_lib.signals.signal import Graph, Metric, Metric_co, Section, Severity, Signal, Threshold
from environments import AlarmPolicy


@dataclass(frozen=True, kw_only=True)
class CdnMetrics(Generic[Metric_co]):
    """Metrics of the CDN.

    Attributes:
        hit_rate: share of requests that the cache answered, in percent.
        requests: all requests; the label says in which time.
        error_rate: share of requests that were answered with an error of the server, in percent.
    """

    hit_rate: Metric_co
    requests: Metric_co
    error_rate: Metric_co


def cdn(metrics: CdnMetrics[Metric]) -> Section[Metric]:
    """Return the section of the CDN. It has no alarms: what users notice of it, the check from outside notices."""
    return Section(
        name="CDN",
        graphs=[
            Graph(title="Hit rate, %", shows=[metrics.hit_rate]),
            Graph(title="Requests", shows=[metrics.requests]),
            Graph(title="Errors, %", shows=[metrics.error_rate]),
        ],
    )


def certificates(days_left: Mapping[str, Metric], *, alarms: AlarmPolicy) -> Section[Metric]:
    """Return the section of the days until certificates expire.

    Args:
        days_left: of each certificate, by the name of its alarm.
        alarms: how many days are too few.
    """
    signals = [
        Signal(
            name=name,
            metric=metric,
            summary="A TLS certificate was not renewed in time; after it expires, no client connects.",
            first_check="whether the DNS record that validates the domain still exists.",
            runbook="certificate",
            thresholds={
                Severity.CRITICAL: Threshold(value=alarms.certificate_days.critical, periods=1),
                Severity.WARNING: Threshold(value=alarms.certificate_days.warning, periods=1),
            },
            below=True,
        )
        for name, metric in days_left.items()
    ]
    return Section(name="Certificates", graphs=[Graph(title="Days left", shows=signals)])
