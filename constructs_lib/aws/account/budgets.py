"""Nobody is surprised by a bill (CST-2, CST-5, CST-6)."""

import json

from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_ce as ce
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib import naming
from constructs_lib.aws.account.event_notifications import Messages
from constructs_lib.aws.account.review_queries.costs import RESERVED
from constructs_lib.aws.monitoring.notifications import Notifications, topic
from environments import CostPolicy

_ALL = 100


class Readers(Construct):
    """Who is told about money. Those who read together share a topic, so that each address is confirmed once.

    Budgets and anomaly detection send e-mail by themselves, too, but nobody learns that it bounced. A topic counts what
    it could not deliver.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, key: kms.IKey, messages: Messages, notifications: Notifications
    ) -> None:
        super().__init__(scope, construct_id)
        self._key = key
        self._messages = messages
        self._notifications = notifications
        self._topics: dict[tuple[str, ...], sns.ITopic] = {}

    def topic(self, *addresses: str) -> sns.ITopic:
        """Return the topic that these addresses read; what it cannot deliver is told to the account's team."""
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
            self._messages.notice_failures(
                f"Costs {name}", "A reader of the costs", made, told=self._notifications.team
            )
        return self._topics[addresses]


class Budget(Construct):
    """What a month may cost. Its readers are told before it is spent, when it is, and when it is going to be.

    Args:
        environment: the tag whose costs count; without one all costs of the account do, the untagged too.
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
        readers: sns.ITopic,
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
                _notification(kind, "GREATER_THAN", percent, readers) for kind, percent in levels
            ],
        )


class ReservedCapacity(Construct):
    """Says when too little of the baseline is paid for in advance, or too much (CST-2)."""

    def __init__(self, scope: Construct, construct_id: str, *, policy: CostPolicy, readers: sns.ITopic) -> None:
        super().__init__(scope, construct_id)
        goals = {"COVERAGE": policy.reserved_coverage_percent, "UTILIZATION": policy.reserved_utilization_percent}
        for measure, percent in goals.items():
            self._goal("tasks", f"SAVINGS_PLANS_{measure}", None, percent, readers)
            for name, service in RESERVED.items():
                self._goal(name, f"RI_{measure}", service, percent, readers)

    def _goal(self, name: str, kind: str, service: str | None, percent: int, readers: sns.ITopic) -> None:
        measure = kind.rpartition("_")[2].lower()
        budgets.CfnBudget(
            self,
            f"{name}-{measure}".title().replace("-", ""),
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_name=f"{naming.PROJECT}-{name}-{measure}",
                budget_type=kind,
                time_unit="MONTHLY",
                # The only limit that these kinds know (BudgetLimit, API reference).
                budget_limit=budgets.CfnBudget.SpendProperty(amount=_ALL, unit="PERCENTAGE"),
                cost_filters={"Service": [service]} if service else None,
            ),
            notifications_with_subscribers=[_notification("ACTUAL", "LESS_THAN", percent, readers)],
        )


class Anomalies(Construct):
    """Tells of costs that nobody expected.

    The monitor follows the tag of the project: an account has room for one monitor of all services only, and AWS makes
    that one by itself ("Quotas", Cost Management user guide).
    """

    def __init__(self, scope: Construct, construct_id: str, *, policy: CostPolicy, readers: sns.ITopic) -> None:
        super().__init__(scope, construct_id)
        monitor = ce.CfnAnomalyMonitor(
            self,
            "Monitor",
            monitor_name=naming.PROJECT,
            monitor_type="CUSTOM",
            monitor_specification=json.dumps({"Tags": {"Key": "project", "Values": [naming.PROJECT]}}),
        )
        least = {
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
            # The only one with which a topic is told (AnomalySubscription, API reference).
            frequency="IMMEDIATE",
            monitor_arn_list=[monitor.attr_monitor_arn],
            subscribers=[ce.CfnAnomalySubscription.SubscriberProperty(type="SNS", address=readers.topic_arn)],
            threshold_expression=json.dumps(least),
        )


def _notification(
    kind: str, comparison: str, percent: int, readers: sns.ITopic
) -> budgets.CfnBudget.NotificationWithSubscribersProperty:
    return budgets.CfnBudget.NotificationWithSubscribersProperty(
        notification=budgets.CfnBudget.NotificationProperty(
            notification_type=kind,
            comparison_operator=comparison,
            threshold=percent,
            threshold_type="PERCENTAGE",
        ),
        subscribers=[budgets.CfnBudget.SubscriberProperty(subscription_type="SNS", address=readers.topic_arn)],
    )
