"""Budgets and anomaly detection: thresholds, receivers, cost tags."""

import json

import pytest

from assembly.values import Json
from tests.aws.iam import attributes
from tests.aws.resources import Environment, Resource

BUDGET = "AWS::Budgets::Budget"


def budgets(account: Environment, kind: str) -> dict[str, Json]:
    """Return the budgets of a kind by the beginning of their names."""
    found = (budget["Budget"] for budget in account.resources(BUDGET))
    return {budget["BudgetName"].rpartition("-")[0]: budget for budget in found if budget["BudgetType"] == kind}


def readers(account: Environment, subscribers: Json) -> set[str]:
    """Return the addresses behind the subscriber of a notification: a topic, which counts what bounces."""
    (subscriber,) = subscribers
    assert subscriber.get("SubscriptionType", subscriber.get("Type")) == "SNS"
    return {each["Endpoint"] for each in account.resources("AWS::SNS::Subscription", TopicArn=subscriber["Address"])}


def topics_of_costs(account: Environment) -> list[Resource]:
    """Return every topic that a budget or the search for anomalies writes to."""
    entries = [entry for budget in account.resources(BUDGET) for entry in budget["NotificationsWithSubscribers"]]
    notified = [*entries, account.one("AWS::CE::AnomalySubscription")]
    found = {str(each["Address"]): each["Address"] for entry in notified for each in entry["Subscribers"]}
    assert found
    return list(found.values())


def monitored_topics(alarm: Resource) -> list[Resource]:
    """Return the topics whose metrics an alarm reads."""
    queries = [query["MetricStat"]["Metric"] for query in alarm.get("Metrics", []) if "MetricStat" in query]
    return [item["Value"] for metric in queries for item in metric["Dimensions"] if item["Name"] == "TopicName"]


def _many(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


@pytest.mark.plan("CST-5/budgets")
@pytest.mark.parametrize("name", ["dev", "staging", "prod", "shared"])
def test_each_environment_has_a_budget_by_its_tag(account: Environment, name: str) -> None:
    budget = budgets(account, "COST")[f"Goodies{name.title()}"]
    assert budget["CostFilters"] == {"TagKeyValue": [f"user:environment${name}"]}


@pytest.mark.plan("CST-5/budgets")
def test_what_carries_no_tag_counts_in_the_accounts_budget(account: Environment) -> None:
    costs = budgets(account, "COST")
    whole = costs.pop("GoodiesAccount")
    assert "CostFilters" not in whole
    assert whole["BudgetLimit"]["Amount"] == sum(budget["BudgetLimit"]["Amount"] for budget in costs.values())


@pytest.mark.plan("CST-5/alerts")
def test_a_budget_notifies_before_it_is_spent_when_it_is_and_when_it_will_be(account: Environment) -> None:
    for budget in account.resources(BUDGET):
        if budget["Budget"]["BudgetType"] == "COST":
            notified = [entry["Notification"] for entry in budget["NotificationsWithSubscribers"]]
            assert [(said["NotificationType"], said["Threshold"]) for said in notified] == [
                ("ACTUAL", 80),
                ("ACTUAL", 100),
                ("FORECASTED", 100),
            ]


@pytest.mark.plan("CST-5/alerts")
@pytest.mark.parametrize("name", ["dev", "staging", "prod", "shared", "account"])
def test_the_owner_and_the_team_hear_of_every_budget(account: Environment, name: str) -> None:
    (budget,) = (
        budget
        for budget in account.resources(BUDGET)
        if budget["Budget"]["BudgetName"].rpartition("-")[0] == f"Goodies{name.title()}"
    )
    for entry in budget["NotificationsWithSubscribers"]:
        assert readers(account, entry["Subscribers"]) == {"owner@goodies.example", "team@goodies.example"}


@pytest.mark.plan("CST-5/alerts")
def test_unexpected_costs_notify(account: Environment) -> None:
    subscription = account.one("AWS::CE::AnomalySubscription")
    monitor = account.one("AWS::CE::AnomalyMonitor")
    assert subscription["MonitorArnList"] == [monitor]
    assert json.loads(monitor["MonitorSpecification"])["Tags"] == {"Key": "project", "Values": ["goodies"]}
    assert subscription["Frequency"] == "IMMEDIATE"
    assert readers(account, subscription["Subscribers"]) == {"owner@goodies.example", "team@goodies.example"}


@pytest.mark.plan("CST-5/alerts")
def test_a_reader_of_the_costs_who_is_not_reached_is_an_alarm_to_another_topic(account: Environment) -> None:
    for topic in topics_of_costs(account):
        (alarm,) = (alarm for alarm in account.resources("AWS::CloudWatch::Alarm") if topic in monitored_topics(alarm))
        assert alarm["AlarmActions"], topic
        assert topic not in alarm["AlarmActions"]


@pytest.mark.plan("CST-5/alerts")
def test_budgets_and_anomalies_wait_for_the_right_to_publish(account: Environment) -> None:
    for each in [*account.resources(BUDGET), account.one("AWS::CE::AnomalySubscription")]:
        waits = [account.stacks[each.stack].resources[name].type for name in each.body["DependsOn"]]
        assert "AWS::SNS::TopicPolicy" in waits, each


@pytest.mark.plan("SEC-11", "CST-5/alerts")
def test_a_failure_of_the_costs_does_not_take_the_audit_trail_with_it(account: Environment) -> None:
    of_costs = {each.stack for each in account.resources() if each.type.split("::")[1] in {"Budgets", "CE"}}
    assert of_costs == {"GoodiesAccount-Costs"}
    assert account.one("AWS::CloudTrail::Trail").stack not in of_costs


@pytest.mark.plan("CST-5/alerts")
def test_who_tells_of_money_may_publish_and_use_the_key(account: Environment) -> None:
    tellers = {"budgets.amazonaws.com", "costalerts.amazonaws.com"}
    for topic in topics_of_costs(account):
        (policy,) = (each for each in account.resources("AWS::SNS::TopicPolicy") if topic in each["Topics"])
        for said in (policy["PolicyDocument"], topic["KmsMasterKeyId"]["KeyPolicy"]):
            may = {
                teller
                for statement in said["Statement"]
                if statement["Effect"] == "Allow"
                and statement.get("Condition") == {"StringEquals": {"aws:SourceAccount": "111122223333"}}
                for teller in _many(statement["Principal"].get("Service", []))
            }
            assert tellers <= may, said


@pytest.mark.plan("CST-2")
@pytest.mark.parametrize(
    ("kind", "number", "percent"),
    [
        ("RI_COVERAGE", 2, 60),
        ("RI_UTILIZATION", 2, 90),
        ("SAVINGS_PLANS_COVERAGE", 1, 60),
        ("SAVINGS_PLANS_UTILIZATION", 1, 90),
    ],
)
def test_too_little_or_too_much_reserved_capacity_notifies(
    account: Environment, kind: str, number: int, percent: int
) -> None:
    found = [budget for budget in account.resources(BUDGET) if budget["Budget"]["BudgetType"] == kind]
    assert len(found) == number
    for budget in found:
        (entry,) = budget["NotificationsWithSubscribers"]
        notified = entry["Notification"]
        assert (notified["NotificationType"], notified["ComparisonOperator"]) == ("ACTUAL", "LESS_THAN")
        assert (notified["Threshold"], notified["ThresholdType"]) == (percent, "PERCENTAGE")
        assert "owner@goodies.example" in readers(account, entry["Subscribers"])


@pytest.mark.plan("CST-3")
def test_batch_jobs_run_on_spot(environment: Environment) -> None:
    capacity = environment.one("AWS::ECS::ClusterCapacityProviderAssociations")
    assert capacity["Cluster"] == environment.one("AWS::ECS::Cluster")
    assert [each["CapacityProvider"] for each in capacity["DefaultCapacityProviderStrategy"]] == ["FARGATE_SPOT"]


@pytest.mark.plan("ENV-2/minimal")
def test_the_service_of_dev_runs_on_spot(dev: Environment) -> None:
    service = dev.one("AWS::ECS::Service")
    assert [each["CapacityProvider"] for each in service["CapacityProviderStrategy"]] == ["FARGATE_SPOT"]


def test_the_service_of_production_is_never_taken_away(prod: Environment) -> None:
    service = prod.one("AWS::ECS::Service")
    assert [each["CapacityProvider"] for each in service["CapacityProviderStrategy"]] == ["FARGATE"]


@pytest.mark.plan("CST-6")
def test_everything_that_can_carry_the_tags_carries_them(environment: Environment, account: Environment) -> None:
    for each in (environment, account):
        for stack in each.stacks.values():
            # The stack of the service hands none down to its listener rules: they would change whenever a tag does.
            if stack.component != "service":
                assert set(stack.tags) >= {"project", "environment", "component", "managed-by"}, stack.name
        for service in each.resources("AWS::ECS::Service"):
            assert set(attributes(service, "Tags")) >= {"project", "environment", "component", "managed-by"}, service
        for bucket in each.resources("AWS::S3::Bucket"):
            assert set(attributes(bucket, "Tags")) >= {"project", "environment", "component", "managed-by"}, bucket


@pytest.mark.plan("CST-8")
def test_failed_uploads_and_old_versions_go(environment: Environment, account: Environment) -> None:
    for bucket in [*environment.resources("AWS::S3::Bucket"), *account.resources("AWS::S3::Bucket")]:
        rules = bucket["LifecycleConfiguration"]["Rules"]
        assert any("AbortIncompleteMultipartUpload" in rule for rule in rules), bucket
        assert any("NoncurrentVersionExpiration" in rule for rule in rules), bucket


@pytest.mark.plan("CST-8")
def test_old_logs_go(environment: Environment, account: Environment) -> None:
    for group in [*environment.resources("AWS::Logs::LogGroup"), *account.resources("AWS::Logs::LogGroup")]:
        assert group.get("RetentionInDays"), group


@pytest.mark.plan("CST-8")
def test_images_that_nothing_can_run_go_and_others_get_cheaper(delivery: Environment) -> None:
    for repository in delivery.resources("AWS::ECR::Repository"):
        untagged, *archived = json.loads(repository["LifecyclePolicy"]["LifecyclePolicyText"])["rules"]
        assert (untagged["selection"]["tagStatus"], untagged["action"]) == ("untagged", {"type": "expire"})
        assert [rule["action"]["targetStorageClass"] for rule in archived] == (
            ["archive"] if repository.region == "us-east-1" else []
        )


@pytest.mark.plan("CST-8")
def test_old_backups_go(environment: Environment) -> None:
    for rule in environment.one("AWS::Backup::BackupPlan")["BackupPlan"]["BackupPlanRule"]:
        assert rule["Lifecycle"]["DeleteAfterDays"] > 0
