"""Alarms: an alert policy of Cloud Monitoring for each threshold in sections of signals (GCP-11, MON-1 to MON-8)."""

from collections.abc import Sequence

from cdktf_cdktf_provider_google import monitoring_alert_policy as policies
from cdktf_cdktf_provider_google.monitoring_notification_channel import MonitoringNotificationChannel
from constructs import Construct

from constructs_lib.gcp.base.metrics import Query, Section, any_of, breach_query, describe_threshold
from constructs_lib.gcp.monitoring.dashboard import Dashboard
from constructs_lib.gcp.monitoring.notifications import Notifications
from constructs_lib.signals.alarms import Alarm, Page, alarms_of, pages_of
from constructs_lib.signals.signal import Receiver, Severity

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

    A page is a policy whose query joins those of its alarms, ``unless`` the page that suppresses it is on.

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
        self._channels: dict[Receiver, MonitoringNotificationChannel] = {}
        if notifications:
            self._channels |= {Receiver.ON_CALL: notifications.on_call, Receiver.TEAM: notifications.team}
        if rollback:
            self._channels[Receiver.ROLLBACK] = rollback
        for section in sections:
            for signal in section.signals:
                for alarm in alarms_of(section, signal):
                    self._alarm(alarm)
        for page in pages_of(sections):
            self._page(page)
        if dashboard:
            Dashboard(self, "Dashboard", name=name, sections=sections)

    def _alarm(self, alarm: Alarm[Query]) -> None:
        self._policy(
            alarm.name,
            severity=alarm.severity,
            query=breach_query(alarm.signal, alarm.threshold),
            condition=describe_threshold(alarm.signal, alarm.threshold),
            text=alarm.signal.description,
            channel=self._channels.get(alarm.receiver) if alarm.receiver else None,
        )

    def _page(self, page: Page[Query]) -> None:
        query = _any_breach(page)
        self._policy(
            page.name,
            severity=page.severity,
            query=f"({query}) unless ({_any_breach(page.suppressed_by)})" if page.suppressed_by else query,
            condition="when any critical alarm of the section is on",
            text=page.description,
            channel=self._channels[page.receiver],
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


def _any_breach(page: Page[Query]) -> str:
    return any_of(breach_query(alarm.signal, alarm.threshold) for alarm in page.alarms)
