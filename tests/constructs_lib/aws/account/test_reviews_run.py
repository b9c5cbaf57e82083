"""The reviews' state machines, run as synthesized, with answers of AWS made up."""

from collections.abc import Callable
from typing import Any

import pytest

from assembly.values import Json
from tests.aws.resources import Environment
from tests.aws.state_machines import Run, run

STATE_MACHINE = "AWS::StepFunctions::StateMachine"
OPEN = "ssm:createOpsItem"
KEEP = "s3:putObject"


RunMachine = Callable[[str, Json, dict[str, list[Json]]], Run]


@pytest.fixture
def run_machine(account: Environment) -> RunMachine:
    """Run the state machine at a place with an input and the answers to its calls."""

    def run_it(place: str, given: Json, answers: dict[str, list[Json]]) -> Run:
        (found,) = (
            each
            for each in account.resources(STATE_MACHINE)
            if each.path.startswith(place) and each.stack == "GoodiesAccount"
        )
        return run(found, given, answers)

    return run_it


@pytest.mark.plan("CST-7")
def test_the_cost_review_asks_for_last_month_and_puts_the_figures_into_the_ticket(run_machine: RunMachine) -> None:
    amount = {"UnblendedCost": {"Amount": "12.5", "Unit": "USD"}}
    answer = {"ResultsByTime": [{"Groups": [{"Keys": ["environment$prod"], "Metrics": amount}]}]}
    done = run_machine("Reviews/Cost/", {}, {"costexplorer:getCostAndUsage": [answer]})
    (ticket,) = done.calls[OPEN]
    assert [call["TimePeriod"] for call in done.calls["costexplorer:getCostAndUsage"]] == [
        {"Start": "2026-10-01", "End": "2026-11-01"}
    ] * 2
    assert ticket["Title"] == "Cost review of 2026-11-05"
    assert ticket["OperationalData"]["figures"]["Value"] == "environment$prod 12.5 USD\n" * 2


@pytest.mark.plan("SEC-12")
def test_every_part_of_an_answer_is_kept_under_a_name_of_its_own(run_machine: RunMachine) -> None:
    pages = [{"RoleDetailList": [1], "Marker": "more"}, {"RoleDetailList": [2]}]
    findings = {"Findings": [{"Id": "a"}, {"Id": "b"}]}
    done = run_machine(
        "Reviews/Access/",
        {},
        {"iam:getAccountAuthorizationDetails": pages, "accessanalyzer:listFindingsV2": [findings]},
    )
    roles = [kept for kept in done.calls[KEEP] if "/Roles-" in kept["Key"]]
    (ticket,) = done.calls[OPEN]
    assert [kept["Body"]["RoleDetailList"] for kept in roles] == [[1], [2]]
    assert len({kept["Key"] for kept in done.calls[KEEP]}) == len(done.calls[KEEP])
    assert all(kept["Key"].startswith("access-review/2026-11-05/") for kept in done.calls[KEEP])
    assert ticket["OperationalData"]["answers"]["Value"].endswith("/access-review/2026-11-05")
    assert "2 findings of external access\n2 findings of unused access" in ticket["OperationalData"]["figures"]["Value"]


@pytest.mark.plan("IMP-6/scheduled", "IMP-7/scheduled")
@pytest.mark.parametrize(("place", "days"), [("PenetrationTest", 14), ("Security", 21)])
def test_a_review_without_questions_opens_its_ticket(run_machine: RunMachine, place: str, days: int) -> None:
    (ticket,) = run_machine(f"Reviews/{place}/", {}, {}).calls[OPEN]
    assert days == 14 or ticket["Title"].startswith("Security review")
    assert ticket["OperationalData"]["figures"]["Value"] == "none"
    assert ticket["OperationalData"]["due"]["Value"].endswith("Z")


@pytest.mark.plan("CST-8")
def test_an_address_that_nothing_uses_opens_a_ticket(run_machine: RunMachine) -> None:
    addresses = {"Addresses": [{"PublicIp": "192.0.2.1"}, {"PublicIp": "192.0.2.2", "AssociationId": "a"}]}
    (ticket,) = run_machine("Reviews/Unused/", {}, {"ec2:describeAddresses": [addresses]}).calls[OPEN]
    assert ticket["OperationalData"]["figures"]["Value"] == "192.0.2.1\n"


@pytest.mark.plan("CST-8", "IMP-5")
@pytest.mark.parametrize("place", ["Unused", "Vulnerabilities"])
def test_nothing_found_opens_none(run_machine: RunMachine, place: str) -> None:
    done = run_machine(f"Reviews/{place}/", {}, {})
    assert done.calls[KEEP]
    assert OPEN not in done.calls


@pytest.mark.plan("IMP-5")
def test_the_weekly_report_names_each_vulnerability(run_machine: RunMachine) -> None:
    findings = {"Findings": [{"Severity": "CRITICAL", "Title": "CVE-1"}, {"Severity": "HIGH", "Title": "CVE-2"}]}
    done = run_machine("Reviews/Vulnerabilities/", {}, {"inspector2:listFindings": [findings]})
    assert done.calls[OPEN][0]["OperationalData"]["figures"]["Value"] == "CRITICAL CVE-1\nHIGH CVE-2\n"


@pytest.mark.parametrize("place", ["Purchases", "RightSizing"])
def test_an_empty_recommendation_is_a_ticket_all_the_same(run_machine: RunMachine, place: str) -> None:
    assert run_machine(f"Reviews/{place}/", {}, {}).calls[OPEN]


@pytest.mark.plan("SEC-12", "IMP-6/scheduled", "IMP-7/scheduled")
def test_tickets_after_their_day_are_counted(run_machine: RunMachine) -> None:
    late = {"OperationalData": {"due": {"Value": "2020-01-01T00:00:00.000Z"}}}
    early = {"OperationalData": {"due": {"Value": "2999-01-01T00:00:00.000Z"}}}
    assert _counted(run_machine, [late, early, late]) == 2
    assert _counted(run_machine, [early]) == 0
    assert _counted(run_machine, []) == 0


def _counted(run_machine: RunMachine, tickets: list[Any]) -> int:
    answers = {"ssm:describeOpsItems": [{"OpsItemSummaries": tickets}]}
    (metric,) = run_machine("Tickets/Late", {}, answers).calls["cloudwatch:putMetricData"]
    value: int = metric["MetricData"][0]["Value"]
    return value


@pytest.mark.plan("SEC-12", "IMP-6/recorded", "IMP-7/recorded")
def test_who_closed_a_ticket_is_kept(run_machine: RunMachine) -> None:
    event = {"id": "1-2", "time": "2026-11-06T10:00:00Z", "detail": {"modified-by": "somebody"}}
    (kept,) = run_machine("Tickets/Record", event, {}).calls[KEEP]
    assert kept["Key"] == "done/2026-11-06-1-2.json"
    assert kept["Body"] == event


@pytest.mark.plan("SEC-12", "CST-5/alerts")
@pytest.mark.parametrize(
    ("subscriptions", "missing"),
    [
        ([], 1),
        ([{"Protocol": "email", "Endpoint": "a@b.example", "SubscriptionArn": "PendingConfirmation"}], 1),
        ([{"Protocol": "sqs", "Endpoint": "a-queue", "SubscriptionArn": "arn:aws:sns:us-east-1:1:topic:1"}], 1),
        ([{"Protocol": "email", "Endpoint": "a@b.example", "SubscriptionArn": "arn:aws:sns:us-east-1:1:topic:1"}], 0),
        (
            [
                {
                    "Protocol": "email",
                    "Endpoint": f"{name}@b.example",
                    "SubscriptionArn": f"arn:aws:sns:us-east-1:1:t:{name}",
                }
                for name in "ab"
            ],
            0,
        ),
    ],
)
def test_an_address_that_is_not_confirmed_or_unsubscribed_counts(
    run_machine: RunMachine, subscriptions: list[Json], missing: int
) -> None:
    answers = {"sns:listSubscriptionsByTopic": [{"Subscriptions": subscriptions}]}
    counts = run_machine("Receivers/Count", {}, answers).calls["cloudwatch:putMetricData"]
    assert [count["MetricData"][0]["Value"] for count in counts] == [missing, missing]
