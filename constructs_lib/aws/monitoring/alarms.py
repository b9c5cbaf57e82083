"""CloudWatch alarms and dashboard, from the same sections of signals (AWS-11, MON-1 to MON-8)."""

from collections.abc import Mapping, Sequence

import cdk_monitoring_constructs as monitoring
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from constructs_lib.aws.base.cfn import present
from constructs_lib.aws.base.metrics import Metric, Section, Signal
from constructs_lib.aws.monitoring.notifications import Notifications
from constructs_lib.signals import signal
from constructs_lib.signals.signal import RUNBOOKS, MissingData, Severity, Threshold

_MISSING_DATA = {
    MissingData.OK: cloudwatch.TreatMissingData.NOT_BREACHING,
    MissingData.BREACHING: cloudwatch.TreatMissingData.BREACHING,
}


class Alarms(Construct):
    """Alarms of sections of signals, in the region that their metrics and topics are in.

    Warnings go to the team. What is critical goes on call: by one page for all of a section, if it has a page, and by
    itself otherwise. While the first page is on, the others wait: what users notice is one outage, whatever its causes.

    Args:
        name: of the environment; the alarms' names begin with it, and the dashboard has it.
        sections: in the order of the dashboard; the first page is the outage.
        notifications: topics of the alarm actions; None where something else reads the alarms.
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
        dashboard: bool = False,
    ) -> None:
        super().__init__(scope, construct_id)
        self._name = name
        self._actions = _actions(notifications) if notifications else {}
        self._facade = monitoring.MonitoringFacade(
            self,
            "Monitoring",
            metric_factory_defaults=monitoring.MetricFactoryDefaults(namespace=name),
            alarm_factory_defaults=monitoring.AlarmFactoryDefaults(actions_enabled=True, alarm_name_prefix=name),
            dashboard_factory=monitoring.DefaultDashboardFactory(
                self,
                "Dashboards",
                dashboard_name_prefix=name,
                create_dashboard=dashboard,
                create_summary_dashboard=False,
            ),
        )
        for section in sections:
            self._facade.monitor_custom(
                human_readable_name=section.name,
                alarm_friendly_name=section.name,
                metric_groups=[
                    monitoring.CustomMetricGroup(
                        title=graph.title, metrics=[self._line(section, item) for item in graph.shows]
                    )
                    for graph in section.graphs
                ],
            )
        outage: cloudwatch.IAlarm | None = None
        for section in sections:
            if section.page_message:
                page = self._page(section, unless=outage)
                outage = outage or page

    def _line(self, section: Section, item: Signal | Metric) -> monitoring.CustomMetricWithAlarm | Metric:
        if not isinstance(item, signal.Signal):
            return item
        return monitoring.CustomMetricWithAlarm(
            metric=item.metric,
            alarm_friendly_name=item.name,
            add_alarm={
                severity: self._alarm(section, item, severity, threshold)
                for severity, threshold in item.thresholds.items()
            },
        )

    def _alarm(
        self, section: Section, signal: Signal, severity: Severity, threshold: Threshold
    ) -> monitoring.CustomThreshold:
        comparison = cloudwatch.ComparisonOperator
        paged_together = section.page_message and severity is Severity.CRITICAL
        return monitoring.CustomThreshold(
            threshold=threshold.value,
            comparison_operator=comparison.LESS_THAN_THRESHOLD if signal.below else comparison.GREATER_THAN_THRESHOLD,
            evaluation_periods=threshold.periods,
            datapoints_to_alarm=threshold.periods,
            treat_missing_data_override=_MISSING_DATA[signal.missing_data],
            alarm_description_override=signal.description,
            custom_tags=[f"{section.name}{severity}"],
            action_override=None if paged_together else self._actions.get(severity),
        )

    def _page(self, section: Section, *, unless: cloudwatch.IAlarm | None) -> cloudwatch.CompositeAlarm:
        page = self._facade.create_composite_alarm_using_tag(
            f"{section.name}{Severity.CRITICAL}",
            disambiguator=Severity.CRITICAL,
            alarm_name_override=f"{self._name}-{section.name}-Page",
            alarm_description_override=f"{section.page_message} Runbook: {RUNBOOKS}/{section.runbook}.md",
            action_override=self._actions[Severity.CRITICAL],
            actions_suppressor=unless,
        )
        return present(page)


def _actions(notifications: Notifications) -> Mapping[Severity, monitoring.IAlarmActionStrategy]:
    team = monitoring.SnsAlarmActionStrategy(on_alarm_topic=notifications.team)
    on_call = monitoring.SnsAlarmActionStrategy(on_alarm_topic=notifications.on_call, on_ok_topic=notifications.on_call)
    return {Severity.CRITICAL: on_call, Severity.WARNING: team, Severity.GROWTH: team}
