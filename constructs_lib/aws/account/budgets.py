"""Budgets, targets of reserved capacity, and detection of cost anomalies (CST-2, CST-5, CST-6)."""

import json

from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_ce as ce
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib import naming
from constructs_lib.aws.account.event_notifications import EventNotifications
from constructs_lib.aws.account.review_queries.costs import RESERVED
from constructs_lib.aws.monitoring.notifications import Notifications, topic
from environments import CostPolicy

_ALL = 100


class BudgetTopics(Construct):
    """Topics of budgets and cost anomalies, one per set of addresses, so that each address is confirmed once.

    Budgets and anomaly detection can send e-mail themselves, but do not report a bounce. A topic counts failed
    deliveries.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        key: kms.IKey,
        event_notifications: EventNotifications,
        notifications: Notifications,
    ) -> None:
        super().__init__(scope, construct_id)
        self._key = key
        self._event_notifications = event_notifications
        self._notifications = notifications
        self._topics: dict[tuple[str, ...], sns.ITopic] = {}

    def topic(self, *addresses: str) -> sns.ITopic:
        """Return the topic of these addresses; an alarm notifies the account's team of failed deliveries."""
        if addresses not in self._topics:
            name = " ".join(addresses).replace("/", "-")
            self._topics[addresses] = made = topic(
                self,
                name,
                subject=f"{naming.PROJECT} costs",
                receivers=addresses,
                publishers=["budgets", "costalerts"],
                key=self._key,
            )
            self._event_notifications.alarm_on_failures(
                f"Costs {name}", "a receiver of budget notifications", made, alarm_topic=self._notifications.team
            )
        return self._topics[addresses]


class Budget(Construct):
    """Monthly budget that notifies its topic before it is spent, when it is spent, and when the forecast exceeds it.

    Args:
        name: name of the budget.
        usd: the limit.
        environment: value of the tag whose costs count; None counts all costs of the account, also untagged ones.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        policy: CostPolicy,
        name: str,
        environment: str | None,
        usd: int,
        topic: sns.ITopic,
    ) -> None:
        super().__init__(scope, construct_id)
        levels = (("ACTUAL", policy.warning_percent), ("ACTUAL", _ALL), ("FORECASTED", _ALL))
        budgets.CfnBudget(
            self,
            "Month",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_name=name,
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=usd, unit="USD"),
                cost_filters={"TagKeyValue": [f"user:environment${environment}"]} if environment else None,
            ),
            notifications_with_subscribers=[
                _notification(kind, "GREATER_THAN", percent, topic) for kind, percent in levels
            ],
        )


class ReservedCapacity(Construct):
    """Budgets of coverage and utilization of Savings Plans and reserved instances (CST-2)."""

    def __init__(self, scope: Construct, construct_id: str, *, policy: CostPolicy, topic: sns.ITopic) -> None:
        super().__init__(scope, construct_id)
        goals = {"COVERAGE": policy.reserved_coverage_percent, "UTILIZATION": policy.reserved_utilization_percent}
        for measure, percent in goals.items():
            self._goal("tasks", f"SAVINGS_PLANS_{measure}", None, percent, topic)
            for name, service in RESERVED.items():
                self._goal(name, f"RI_{measure}", service, percent, topic)

    def _goal(self, name: str, kind: str, service: str | None, percent: int, topic: sns.ITopic) -> None:
        measure = kind.rpartition("_")[2].lower()
        budgets.CfnBudget(
            self,
            f"{name}-{measure}".title().replace("-", ""),
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_name=f"{naming.PROJECT}-{name}-{measure}",
                budget_type=kind,
                time_unit="MONTHLY",
                # The only limit of these budget types (BudgetLimit, API reference).
                budget_limit=budgets.CfnBudget.SpendProperty(amount=_ALL, unit="PERCENTAGE"),
                cost_filters={"Service": [service]} if service else None,
            ),
            notifications_with_subscribers=[_notification("ACTUAL", "LESS_THAN", percent, topic)],
        )


class Anomalies(Construct):
    """Cost anomaly detection on the project's tag.

    The monitor follows the tag of the project: an account has room for one monitor of all services only, and AWS makes
    that one by itself ("Quotas", Cost Management user guide).
    """

    def __init__(self, scope: Construct, construct_id: str, *, policy: CostPolicy, topic: sns.ITopic) -> None:
        super().__init__(scope, construct_id)
        monitor = ce.CfnAnomalyMonitor(
            self,
            "Monitor",
            monitor_name=naming.PROJECT,
            monitor_type="CUSTOM",
            monitor_specification=json.dumps({"Tags": {"Key": "project", "Values": [naming.PROJECT]}}),
        )
        minimum_impact = {
            "Dimensions": {
                "Key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
                "MatchOptions": ["GREATER_THAN_OR_EQUAL"],
                "Values": [str(policy.anomaly_alert_usd)],
            }
        }
        ce.CfnAnomalySubscription(
            self,
            "Subscription",
            subscription_name=naming.PROJECT,
            # The only frequency that notifies a topic (AnomalySubscription, API reference).
            frequency="IMMEDIATE",
            monitor_arn_list=[monitor.attr_monitor_arn],
            subscribers=[ce.CfnAnomalySubscription.SubscriberProperty(type="SNS", address=topic.topic_arn)],
            threshold_expression=json.dumps(minimum_impact),
        )


def _notification(
    kind: str, comparison: str, percent: int, topic: sns.ITopic
) -> budgets.CfnBudget.NotificationWithSubscribersProperty:
    return budgets.CfnBudget.NotificationWithSubscribersProperty(
        notification=budgets.CfnBudget.NotificationProperty(
            notification_type=kind,
            comparison_operator=comparison,
            threshold=percent,
            threshold_type="PERCENTAGE",
        ),
        subscribers=[budgets.CfnBudget.SubscriberProperty(subscription_type="SNS", address=topic.topic_arn)],
    )
