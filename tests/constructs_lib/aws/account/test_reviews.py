"""Schedules and tickets of the reviews, and the permissions of their state machines."""

import json

import pytest

from assembly.values import Json
from tests.aws.resources import Environment, Resource

STATE_MACHINE = "AWS::StepFunctions::StateMachine"
SCHEDULE = "AWS::Scheduler::Schedule"
MONTHLY, QUARTERLY, WEEKLY = "cron(0 6 5 * ? *)", "cron(0 6 5 1,4,7,10 ? *)", "cron(0 6 ? * MON *)"
REVIEWS = {
    "Access": QUARTERLY,
    "PenetrationTest": MONTHLY,
    "Security": QUARTERLY,
    "Vulnerabilities": WEEKLY,
    "Cost": MONTHLY,
    "Purchases": MONTHLY,
    "RightSizing": MONTHLY,
    "Unused": MONTHLY,
}


def review(account: Environment, name: str) -> Resource:
    """Return the state machine of a review."""
    (found,) = (each for each in account.resources(STATE_MACHINE) if each.path.startswith(f"Reviews/{name}/"))
    return found


def steps(state_machine: Resource) -> dict[str, Json]:
    """Return the states of a state machine."""
    found: dict[str, Json] = json.loads(state_machine["DefinitionString"])["States"]
    return found


def calls(state_machine: Resource) -> list[str]:
    """Return the calls of AWS that a state machine makes, as ``service:action``."""
    tasks = (state for state in steps(state_machine).values() if state["Type"] == "Task")
    return [task["Resource"].rpartition("aws-sdk:")[2] for task in tasks]


@pytest.mark.plan("SEC-12", "IMP-5", "IMP-6/scheduled", "IMP-7/scheduled", "CST-2", "CST-4", "CST-7", "CST-8")
@pytest.mark.parametrize("name", REVIEWS)
def test_a_review_is_opened_at_its_time(account: Environment, name: str) -> None:
    (schedule,) = (each for each in account.resources(SCHEDULE) if each.path.startswith(f"Reviews/{name}/"))
    state_machine = review(account, name)
    assert schedule["ScheduleExpression"] == REVIEWS[name]
    assert schedule["State"] == "ENABLED"
    assert schedule["Target"]["Arn"] == state_machine
    assert "ssm:createOpsItem" in calls(state_machine)


@pytest.mark.plan("SEC-12", "IMP-5", "IMP-6/scheduled", "IMP-7/scheduled", "CST-2", "CST-4", "CST-7", "CST-8")
@pytest.mark.parametrize("name", REVIEWS)
def test_a_ticket_says_what_to_do_until_when(account: Environment, name: str) -> None:
    ticket = steps(review(account, name))["OpenTicket"]["Arguments"]
    assert ticket["Description"].startswith("{% '- ")
    assert "docs/runbooks/account/reviews.md" in ticket["Description"]
    assert len(ticket["Description"]) <= 2048
    assert "$millis()" in ticket["OperationalData"]["due"]["Value"]


@pytest.mark.plan("SEC-12")
def test_the_access_review_knows_who_may_do_what_and_when_it_was_last_used(account: Environment) -> None:
    called = calls(review(account, "Access"))
    assert {
        "iam:generateCredentialReport",
        "iam:getCredentialReport",
        "iam:getAccountAuthorizationDetails",
        "accessanalyzer:listFindingsV2",
        "s3:putObject",
    } <= set(called)


@pytest.mark.plan("SEC-12")
def test_answers_are_fetched_until_the_last_token(account: Environment) -> None:
    states = steps(review(account, "Access"))
    assert states["Roles"]["Next"] == "KeepRoles"
    assert states["KeepRoles"]["Next"] == "MoreRoles"
    assert states["MoreRoles"]["Choices"][0]["Next"] == "NextRoles"
    assert states["NextRoles"]["Arguments"]["Marker"] == "{% $states.input.Marker %}"
    assert states["NextRoles"]["Next"] == "KeepRoles"


@pytest.mark.plan("CST-7", "CST-6")
@pytest.mark.parametrize("tag", ["environment", "component"])
def test_the_cost_review_has_the_figures_by_tag(account: Environment, tag: str) -> None:
    states = steps(review(account, "Cost"))
    assert states[f"By{tag.title()}"]["Arguments"]["GroupBy"] == [{"Type": "TAG", "Key": tag}]


@pytest.mark.plan("CST-2")
def test_a_purchase_is_recommended_for_what_can_be_reserved(account: Environment) -> None:
    called = calls(review(account, "Purchases"))
    assert called.count("costexplorer:getReservationPurchaseRecommendation") == 2
    assert called.count("costexplorer:getSavingsPlansPurchaseRecommendation") == 1


@pytest.mark.plan("CST-4")
def test_sizes_are_recommended_from_metrics(account: Environment) -> None:
    called = calls(review(account, "RightSizing"))
    wanted = {"getECSServiceRecommendations", "getRDSDatabaseRecommendations", "updateEnrollmentStatus"}
    assert {f"computeoptimizer:{action}" for action in wanted} <= set(called)


@pytest.mark.plan("CST-8")
def test_unused_addresses_volumes_and_snapshots_are_looked_for(account: Environment) -> None:
    called = calls(review(account, "Unused"))
    assert {
        "ec2:describeAddresses",
        "ec2:describeVolumes",
        "ec2:describeSnapshots",
        "rds:describeDBSnapshots",
        "elasticache:describeSnapshots",
    } <= set(called)


@pytest.mark.plan("CST-8", "IMP-5")
@pytest.mark.parametrize("name", ["Unused", "Vulnerabilities"])
def test_a_report_without_findings_opens_no_ticket(account: Environment, name: str) -> None:
    states = steps(review(account, name))
    assert states["AnythingFound"]["Default"] == "Nothing"
    assert states["AnythingFound"]["Choices"] == [{"Condition": "{% $figures != '' %}", "Next": "OpenTicket"}]


@pytest.mark.plan("SEC-12", "IMP-6/scheduled", "IMP-7/scheduled")
def test_a_late_review_alarms_and_so_does_missing_data(account: Environment) -> None:
    (late,) = account.resources("AWS::CloudWatch::Alarm", MetricName="Late")
    (action,) = late["AlarmActions"]
    counted = steps(next(each for each in account.resources(STATE_MACHINE) if "/Tickets/Late" in str(each)))
    assert (late["Threshold"], late["TreatMissingData"]) == (0, "breaching")
    assert action.type == "AWS::SNS::Topic"
    assert counted["CountLate"]["Arguments"]["Namespace"] == late["Namespace"]
    assert "due" in counted["FindOpen"]["Output"]


@pytest.mark.plan("SEC-12", "IMP-6/recorded", "IMP-7/recorded")
def test_a_review_that_is_done_is_recorded(account: Environment) -> None:
    (done,) = (rule for rule in account.resources("AWS::Events::Rule") if rule["EventPattern"]["source"] == ["aws.ssm"])
    (target,) = done["Targets"]
    ticket = steps(review(account, "Access"))["OpenTicket"]
    assert done["EventPattern"]["detail"] == {
        "source": [ticket["Arguments"]["Source"]],
        "status": ["Resolved", "RESOLVED"],
    }
    assert calls(target["Arn"]) == ["s3:putObject"]


@pytest.mark.plan("SEC-12", "CST-7")
def test_a_failed_review_notifies_the_team(account: Environment) -> None:
    rules = [
        rule for rule in account.resources("AWS::Events::Rule") if rule["EventPattern"]["source"] == ["aws.states"]
    ]
    assert {rule.region for rule in rules} == {"us-east-1", "us-west-2"}
    for rule in rules:
        # Of any state machine, so that none can be forgotten.
        assert rule["EventPattern"]["detail"] == {"status": ["FAILED", "TIMED_OUT", "ABORTED"]}
        topics = [target["Arn"] for target in rule["Targets"]]
        notified = {
            each["Endpoint"] for each in account.resources("AWS::SNS::Subscription") if each["TopicArn"] in topics
        }
        assert notified == {"team@goodies.example"}


def test_every_part_of_a_long_answer_has_a_size(account: Environment) -> None:
    """A state holds 256 KiB ("Service quotas", Step Functions developer guide); Cost Explorer takes no size."""
    sizes = {"MaxItems", "MaxRecords", "MaxResults"}
    assert [
        f"{state_machine}: {name}"
        for state_machine in account.resources(STATE_MACHINE)
        for name, step in steps(state_machine).items()
        if name.startswith("Next") and "costexplorer" not in step["Resource"] and not sizes & step["Arguments"].keys()
    ] == []
