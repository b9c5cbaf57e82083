"""Alarms: an alert policy of Cloud Monitoring for each threshold in sections of signals (GCP-11, MON-1 to MON-8)."""

from collections.abc import Sequence

from cdktf_cdktf_provider_google import monitoring_alert_policy as policies
from cdktf_cdktf_provider_google.monitoring_notification_channel import MonitoringNotificationChannel
from constructs import Construct

from constructs_lib.gcp.base.metrics import Section, Signal, any_of, breach_query, describe_threshold
from constructs_lib.gcp.monitoring.dashboard import Dashboard
from constructs_lib.gcp.monitoring.notifications import Notifications
from constructs_lib.signals.signal import RUNBOOKS, Severity, Threshold

_MINUTE = "60s"
# An incident whose cause has gone without a value that says so closes after this, the shortest that there is
# ("AlertStrategy", Cloud Monitoring API reference).
_FORGOTTEN_AFTER = "1800s"
_SEVERITIES = {
    Severity.CRITICAL: "CRITICAL",
    Severity.WARNING: "WARNING",
    Severity.GROWTH: "WARNING",
    Severity.ROLLBACK: "ERROR",
}


class Alarms(Construct):
    """Alarms of some sections: an alert policy for each threshold.

    Warnings go to the team. What is critical goes on call: a section with a page message sends one page for all of its
    critical alarms; in a section without, each of them pages. While the first page is on, the others wait: what users
    notice is one outage, whatever its causes.

    Args:
        name: the environment's stack name; the alarms' names begin with it, and the dashboard has it.
        sections: in the order of the dashboard; the first page is the outage.
        notifications: channels of on call and team; without, the alarms notify neither.
        rollback: channel of the alarms that roll a deployment back.
        dashboard: whether the sections are a dashboard, too.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        sections: Sequence[Section],
        notifications: Notifications | None,
        rollback: MonitoringNotificationChannel | None = None,
        dashboard: bool = False,
    ) -> None:
        super().__init__(scope, construct_id)
        self._name = name
        self._channels: dict[Severity, MonitoringNotificationChannel] = {}
        if notifications:
            self._channels |= {
                Severity.CRITICAL: notifications.on_call,
                Severity.WARNING: notifications.team,
                Severity.GROWTH: notifications.team,
            }
        if rollback:
            self._channels[Severity.ROLLBACK] = rollback
        for section in sections:
            for signal in section.signals:
                for severity, threshold in signal.thresholds.items():
                    self._alarm(section, signal, severity, threshold)
        outage = ""
        for section in sections:
            if section.page_message:
                any_critical = any_of(
                    breach_query(signal, signal.thresholds[Severity.CRITICAL])
                    for signal in section.signals
                    if Severity.CRITICAL in signal.thresholds
                )
                self._page(section, f"({any_critical}) unless ({outage})" if outage else any_critical)
                outage = outage or any_critical
        if dashboard:
            Dashboard(self, "Dashboard", name=name, sections=sections)

    def _alarm(self, section: Section, signal: Signal, severity: Severity, threshold: Threshold) -> None:
        paged_together = section.page_message and severity is Severity.CRITICAL
        self._policy(
            f"{section.name}-{signal.name}-{severity}",
            severity=severity,
            query=breach_query(signal, threshold),
            condition=describe_threshold(signal, threshold),
            text=signal.description,
            channel=None if paged_together else self._channels.get(severity),
        )

    def _page(self, section: Section, query: str) -> None:
        self._policy(
            f"{section.name}-Page",
            severity=Severity.CRITICAL,
            query=query,
            condition="when any critical alarm of its part is on",
            text=f"{section.page_message} Runbook: {RUNBOOKS}/{section.runbook}.md",
            channel=self._channels[Severity.CRITICAL],
        )

    def _policy(
        self,
        name: str,
        *,
        severity: Severity,
        query: str,
        condition: str,
        text: str,
        channel: MonitoringNotificationChannel | None,
    ) -> None:
        ends = ["CLOSED"] if severity is Severity.CRITICAL else []
        policies.MonitoringAlertPolicy(
            self,
            name,
            display_name=f"{self._name}-{name}",
            severity=_SEVERITIES[severity],
            combiner="OR",
            conditions=[
                policies.MonitoringAlertPolicyConditions(
                    display_name=condition,
                    condition_prometheus_query_language=policies.MonitoringAlertPolicyConditionsConditionPrometheusQueryLanguage(
                        query=query,
                        # How long it must be bad is part of the query: a page joins numbers that wait differently.
                        duration="0s",
                        evaluation_interval=_MINUTE,
                        # Many metrics are there only once something runs, and alarms are there before.
                        disable_metric_validation=True,
                    ),
                )
            ],
            documentation=policies.MonitoringAlertPolicyDocumentation(
                subject=f"{severity}: {self._name}-{name}", content=text, mime_type="text/markdown"
            ),
            notification_channels=[channel.name] if channel else [],
            alert_strategy=policies.MonitoringAlertPolicyAlertStrategy(
                auto_close=_FORGOTTEN_AFTER, notification_prompts=["OPENED", *ends] if channel else None
            ),
            user_labels={"severity": severity.lower()},
        )
