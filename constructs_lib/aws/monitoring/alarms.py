"""CloudWatch alarms and dashboard, from the same sections of signals (AWS-11, MON-1 to MON-8)."""

from collections.abc import Mapping, Sequence

import cdk_monitoring_constructs as monitoring
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from constructs_lib.aws.base.cfn import present
from constructs_lib.aws.base.metrics import Metric, Section, Signal
from constructs_lib.aws.monitoring.notifications import Notifications
from constructs_lib.signals import signal
from constructs_lib.signals.alarms import Alarm, Page, alarms_of, pages_of
from constructs_lib.signals.signal import MissingData, Receiver

_MISSING_DATA = {
    MissingData.OK: cloudwatch.TreatMissingData.NOT_BREACHING,
    MissingData.BREACHING: cloudwatch.TreatMissingData.BREACHING,
}


class Alarms(Construct):
    """Alarms of sections of signals, in the region that their metrics and topics are in.

    A page is a composite alarm; another page's ``ActionsSuppressor`` is the page that suppresses it.

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
        pages: dict[str, cloudwatch.IAlarm] = {}
        for page in pages_of(sections):
            suppressor = pages[page.suppressed_by.name] if page.suppressed_by else None
            pages[page.name] = self._page(page, suppressor=suppressor)

    def _line(self, section: Section, item: Signal | Metric) -> monitoring.CustomMetricWithAlarm | Metric:
        if not isinstance(item, signal.Signal):
            return item
        return monitoring.CustomMetricWithAlarm(
            metric=item.metric,
            alarm_friendly_name=item.name,
            add_alarm={alarm.severity: self._alarm(alarm) for alarm in alarms_of(section, item)},
        )

    def _alarm(self, alarm: Alarm[Metric]) -> monitoring.CustomThreshold:
        comparison = cloudwatch.ComparisonOperator
        below = alarm.signal.below
        return monitoring.CustomThreshold(
            threshold=alarm.threshold.value,
            comparison_operator=comparison.LESS_THAN_THRESHOLD if below else comparison.GREATER_THAN_THRESHOLD,
            evaluation_periods=alarm.threshold.periods,
            datapoints_to_alarm=alarm.threshold.periods,
            treat_missing_data_override=_MISSING_DATA[alarm.signal.missing_data],
            alarm_description_override=alarm.signal.description,
            custom_tags=[alarm.page] if alarm.page else None,
            action_override=self._actions.get(alarm.receiver) if alarm.receiver else None,
        )

    def _page(self, page: Page[Metric], *, suppressor: cloudwatch.IAlarm | None) -> cloudwatch.CompositeAlarm:
        composite = self._facade.create_composite_alarm_using_tag(
            page.name,
            disambiguator=page.severity,
            alarm_name_override=f"{self._name}-{page.name}",
            alarm_description_override=page.description,
            action_override=self._actions[page.receiver],
            actions_suppressor=suppressor,
        )
        return present(composite)


def _actions(notifications: Notifications) -> Mapping[Receiver, monitoring.IAlarmActionStrategy]:
    return {
        Receiver.ON_CALL: monitoring.SnsAlarmActionStrategy(
            on_alarm_topic=notifications.on_call, on_ok_topic=notifications.on_call
        ),
        Receiver.TEAM: monitoring.SnsAlarmActionStrategy(on_alarm_topic=notifications.team),
    }
