"""Budgets, targets of reserved capacity, and detection of cost anomalies (CST-2, CST-5, CST-6)."""

import hashlib
import json
from collections.abc import Mapping, Sequence

from aws_cdk import CfnResource
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_ce as ce
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib import naming
from constructs_lib.aws.account.review_queries.costs import RESERVED
from constructs_lib.aws.monitoring.notifications import topic
from constructs_lib.aws.monitoring.receivers import ReceiverCheck
from environments import CostPolicy

_ALL = 100


class BudgetTopics(Construct):
    """Topics of budgets and cost anomalies: one of the account, and one of each environment with another team.

    Budgets and anomaly detection can send e-mail themselves, but nothing says whether somebody reads it. The receivers
    of a topic are counted.

    Args:
        key: encrypts the topics.
        log_days: retention of the count's log.
        account: receivers of the account's costs.
        environments: receivers of each environment's costs, by its title.
        alarm_topic: receives the alarm on receivers that are not reached.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        key: kms.IKey,
        log_days: int,
        account: Sequence[str],
        environments: Mapping[str, Sequence[str]],
        alarm_topic: sns.ITopic,
    ) -> None:
        super().__init__(scope, construct_id)
        # Named by their place in the account and not by the addresses, which may change.
        receivers = {"Account": account, **{name: each for name, each in environments.items() if each != account}}
        self._topics = {
            name: topic(
                self,
                name,
                subject=f"{naming.PROJECT} costs",
                receivers=addresses,
                publishers=["budgets", "costalerts"],
                key=key,
            )
            for name, addresses in receivers.items()
        }
        expected: dict[sns.ITopic, int] = {
            self._topics[name]: len(set(addresses)) for name, addresses in receivers.items()
        }
        check = ReceiverCheck(self, "Receivers", expected=expected, log_days=log_days, key=key)
        for name, made in self._topics.items():
            check.alarm(
                f"{name}Unreachable", made, receiver="a receiver of budget notifications", alarm_topic=alarm_topic
            )

    def topic(self, environment: str = "Account") -> sns.Topic:
        """Return the topic of an environment by its title, or of the account."""
        return self._topics.get(environment, self._topics["Account"])


class Budget(Construct):
    """Monthly budget that notifies its topic before it is spent, when it is spent, and when the forecast exceeds it.

    Args:
        name: beginning of the budget's name.
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
        topic: sns.Topic,
    ) -> None:
        super().__init__(scope, construct_id)
        levels = (("ACTUAL", policy.warning_percent), ("ACTUAL", _ALL), ("FORECASTED", _ALL))
        _budget(
            self,
            "Month",
            name=name,
            kind="COST",
            limit=budgets.CfnBudget.SpendProperty(amount=usd, unit="USD"),
            filters={"TagKeyValue": [f"user:environment${environment}"]} if environment else None,
            levels=[(measure, "GREATER_THAN", percent) for measure, percent in levels],
            topic=topic,
        )


class ReservedCapacity(Construct):
    """Budgets of coverage and utilization of Savings Plans and reserved instances (CST-2)."""

    def __init__(self, scope: Construct, construct_id: str, *, policy: CostPolicy, topic: sns.Topic) -> None:
        super().__init__(scope, construct_id)
        goals = {"COVERAGE": policy.reserved_coverage_percent, "UTILIZATION": policy.reserved_utilization_percent}
        for measure, percent in goals.items():
            self._goal("tasks", f"SAVINGS_PLANS_{measure}", None, percent, topic)
            for name, service in RESERVED.items():
                self._goal(name, f"RI_{measure}", service, percent, topic)

    def _goal(self, name: str, kind: str, service: str | None, percent: int, topic: sns.Topic) -> None:
        measure = kind.rpartition("_")[2].lower()
        _budget(
            self,
            f"{name}-{measure}".title().replace("-", ""),
            name=f"{naming.PROJECT}-{name}-{measure}",
            kind=kind,
            # The only limit of these budget types (BudgetLimit, API reference).
            limit=budgets.CfnBudget.SpendProperty(amount=_ALL, unit="PERCENTAGE"),
            filters={"Service": [service]} if service else None,
            levels=[("ACTUAL", "LESS_THAN", percent)],
            topic=topic,
        )


class Anomalies(Construct):
    """Cost anomaly detection on the project's tag.

    The monitor follows the tag of the project: an account has room for one monitor of all services only, and AWS makes
    that one by itself ("Quotas", Cost Management user guide).
    """

    def __init__(self, scope: Construct, construct_id: str, *, policy: CostPolicy, topic: sns.Topic) -> None:
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
        subscription = ce.CfnAnomalySubscription(
            self,
            "Subscription",
            subscription_name=naming.PROJECT,
            # The only frequency that notifies a topic (AnomalySubscription, API reference).
            frequency="IMMEDIATE",
            monitor_arn_list=[monitor.attr_monitor_arn],
            subscribers=[ce.CfnAnomalySubscription.SubscriberProperty(type="SNS", address=topic.topic_arn)],
            threshold_expression=json.dumps(minimum_impact),
        )
        _wait_for(subscription, topic)


def _budget(
    scope: Construct,
    construct_id: str,
    *,
    name: str,
    kind: str,
    limit: budgets.CfnBudget.SpendProperty,
    filters: Mapping[str, Sequence[str]] | None,
    levels: Sequence[tuple[str, str, int]],
    topic: sns.Topic,
) -> None:
    # A budget is replaced when its notifications change, before the old one goes, and its name is unique in the account
    # (AWS::Budgets::Budget, resource schema). So other notifications make another name.
    digest = hashlib.sha256(json.dumps([levels, topic.node.path]).encode()).hexdigest()[:6]
    made = budgets.CfnBudget(
        scope,
        construct_id,
        budget=budgets.CfnBudget.BudgetDataProperty(
            budget_name=f"{name}-{digest}",
            budget_type=kind,
            time_unit="MONTHLY",
            budget_limit=limit,
            cost_filters=filters,
        ),
        notifications_with_subscribers=[
            budgets.CfnBudget.NotificationWithSubscribersProperty(
                notification=budgets.CfnBudget.NotificationProperty(
                    notification_type=measure,
                    comparison_operator=comparison,
                    threshold=percent,
                    threshold_type="PERCENTAGE",
                ),
                subscribers=[budgets.CfnBudget.SubscriberProperty(subscription_type="SNS", address=topic.topic_arn)],
            )
            for measure, comparison, percent in levels
        ],
    )
    _wait_for(made, topic)


def _wait_for(resource: CfnResource, topic: sns.Topic) -> None:
    # The right to publish is in the topic's policy, a resource of its own, and may be tried at creation.
    resource.node.add_dependency(topic)
