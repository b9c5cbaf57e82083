"""What an operator looks at, and what looks for an operator (GCP-11, MON-1 to MON-8)."""

from collections.abc import Mapping, Sequence

from cdktf_cdktf_provider_google import monitoring_alert_policy as policies
from cdktf_cdktf_provider_google.monitoring_notification_channel import MonitoringNotificationChannel
from constructs import Construct

from constructs_lib.gcp.base.promql import Section, Signal, any_of, breach, when
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
    """The alarms of some sections: an alert policy for each limit.

    Warnings go to the team. What is critical goes on call: by one page for all of a section, if it has a page, and by
    itself otherwise. While the first page is on, the others wait: what users notice is one outage, whatever its causes.

    Args:
        name: of the environment; the alarms' names begin with it.
        sections: the first page is the outage.
        told: who is told of what is so severe.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        sections: Sequence[Section],
        told: Mapping[Severity, MonitoringNotificationChannel],
    ) -> None:
        super().__init__(scope, construct_id)
        self._name = name
        self._told = told
        for section in sections:
            for signal in section.signals:
                for severity, threshold in signal.thresholds.items():
                    self._alarm(section, signal, severity, threshold)
        outage = ""
        for section in sections:
            if section.page_message:
                page = any_of(
                    breach(signal, signal.thresholds[Severity.CRITICAL])
                    for signal in section.signals
                    if Severity.CRITICAL in signal.thresholds
                )
                self._page(section, f"({page}) unless ({outage})" if outage else page)
                outage = outage or page

    def _alarm(self, section: Section, signal: Signal, severity: Severity, threshold: Threshold) -> None:
        paged_together = section.page_message and severity is Severity.CRITICAL
        self._policy(
            f"{section.name}-{signal.name}-{severity}",
            severity=severity,
            query=breach(signal, threshold),
            when=when(signal, threshold),
            text=signal.description,
            told=None if paged_together else self._told.get(severity),
        )

    def _page(self, section: Section, query: str) -> None:
        self._policy(
            f"{section.name}-Page",
            severity=Severity.CRITICAL,
            query=query,
            when="when any critical alarm of its part is on",
            text=f"{section.page_message} Runbook: {RUNBOOKS}/{section.runbook}.md",
            told=self._told[Severity.CRITICAL],
        )

    def _policy(
        self,
        name: str,
        *,
        severity: Severity,
        query: str,
        when: str,
        text: str,
        told: MonitoringNotificationChannel | None,
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
                    display_name=when,
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
            notification_channels=[told.name] if told else [],
            alert_strategy=policies.MonitoringAlertPolicyAlertStrategy(
                auto_close=_FORGOTTEN_AFTER, notification_prompts=["OPENED", *ends] if told else None
            ),
            user_labels={"severity": severity.lower()},
        )


class Observability(Alarms):
    """One dashboard per environment, from its users down to its data, and the alarms on the same numbers.

    Attributes:
        dashboard_name: what to open in Cloud Monitoring.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        sections: Sequence[Section],
        notifications: Notifications,
    ) -> None:
        super().__init__(scope, construct_id, name=name, sections=sections, told=_told(notifications))
        Dashboard(self, "Dashboard", name=name, sections=sections)
        self.dashboard_name = name


def _told(notifications: Notifications) -> Mapping[Severity, MonitoringNotificationChannel]:
    team, on_call = notifications.team, notifications.on_call
    return {Severity.CRITICAL: on_call, Severity.WARNING: team, Severity.GROWTH: team}
