"""The reviews' state machines, run as synthesized, with answers of AWS made up."""

from typing import Any

import pytest

from tests.aws.resources import Environment, Resource
from tests.aws.state_machines import run

STATE_MACHINE = "AWS::StepFunctions::StateMachine"
OPEN = "ssm:createOpsItem"
KEEP = "s3:putObject"


def state_machine(account: Environment, place: str) -> Resource:
    (found,) = (each for each in account.resources(STATE_MACHINE) if each.path.startswith(f"{place}"))
    return found


@pytest.mark.plan("CST-7", "CST-6")
def test_the_cost_review_asks_for_last_month_and_puts_the_figures_into_the_ticket(account: Environment) -> None:
    amount = {"UnblendedCost": {"Amount": "12.5", "Unit": "USD"}}
    answer = {"ResultsByTime": [{"Groups": [{"Keys": ["environment$prod"], "Metrics": amount}]}]}
    done = run(state_machine(account, "Reviews/Cost/"), {}, {"costexplorer:getCostAndUsage": [answer]})
    (ticket,) = done.calls[OPEN]
    assert [call["TimePeriod"] for call in done.calls["costexplorer:getCostAndUsage"]] == [
        {"Start": "2026-10-01", "End": "2026-11-01"}
    ] * 2
    assert ticket["Title"] == "Cost review of 2026-11-05"
    assert ticket["OperationalData"]["figures"]["Value"] == "environment$prod 12.5 USD\n" * 2


@pytest.mark.plan("SEC-12")
def test_every_part_of_an_answer_is_kept_under_a_name_of_its_own(account: Environment) -> None:
    pages = [{"RoleDetailList": [1], "Marker": "more"}, {"RoleDetailList": [2]}]
    findings = {"Findings": [{"Id": "a"}, {"Id": "b"}]}
    done = run(
        state_machine(account, "Reviews/Access/"),
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


@pytest.mark.plan("IMP-6", "IMP-7")
@pytest.mark.parametrize(("place", "days"), [("PenetrationTest", 14), ("Security", 21)])
def test_a_review_without_questions_opens_its_ticket(account: Environment, place: str, days: int) -> None:
    (ticket,) = run(state_machine(account, f"Reviews/{place}/"), {}, {}).calls[OPEN]
    assert days == 14 or ticket["Title"].startswith("Security review")
    assert ticket["OperationalData"]["figures"]["Value"] == "none"
    assert ticket["OperationalData"]["due"]["Value"].endswith("Z")


@pytest.mark.plan("CST-8")
def test_an_address_that_nothing_uses_opens_a_ticket(account: Environment) -> None:
    addresses = {"Addresses": [{"PublicIp": "192.0.2.1"}, {"PublicIp": "192.0.2.2", "AssociationId": "a"}]}
    (ticket,) = run(state_machine(account, "Reviews/Unused/"), {}, {"ec2:describeAddresses": [addresses]}).calls[OPEN]
    assert ticket["OperationalData"]["figures"]["Value"] == "192.0.2.1\n"


@pytest.mark.plan("CST-8", "IMP-5")
@pytest.mark.parametrize("place", ["Unused", "Vulnerabilities"])
def test_nothing_found_opens_none(account: Environment, place: str) -> None:
    done = run(state_machine(account, f"Reviews/{place}/"), {}, {})
    assert done.calls[KEEP]
    assert OPEN not in done.calls


@pytest.mark.plan("IMP-5")
def test_the_weekly_report_names_each_vulnerability(account: Environment) -> None:
    findings = {"Findings": [{"Severity": "CRITICAL", "Title": "CVE-1"}, {"Severity": "HIGH", "Title": "CVE-2"}]}
    done = run(state_machine(account, "Reviews/Vulnerabilities/"), {}, {"inspector2:listFindings": [findings]})
    assert done.calls[OPEN][0]["OperationalData"]["figures"]["Value"] == "CRITICAL CVE-1\nHIGH CVE-2\n"


@pytest.mark.plan("CST-2", "CST-4")
@pytest.mark.parametrize("place", ["Purchases", "RightSizing"])
def test_an_empty_recommendation_is_a_ticket_all_the_same(account: Environment, place: str) -> None:
    assert run(state_machine(account, f"Reviews/{place}/"), {}, {}).calls[OPEN]


@pytest.mark.plan("SEC-12", "IMP-6", "IMP-7")
def test_tickets_after_their_day_are_counted(account: Environment) -> None:
    late = {"OperationalData": {"due": {"Value": "2020-01-01T00:00:00.000Z"}}}
    early = {"OperationalData": {"due": {"Value": "2999-01-01T00:00:00.000Z"}}}
    assert _counted(account, [late, early, late]) == 2
    assert _counted(account, [early]) == 0
    assert _counted(account, []) == 0


def _counted(account: Environment, tickets: list[Any]) -> int:
    answers = {"ssm:describeOpsItems": [{"OpsItemSummaries": tickets}]}
    (metric,) = run(state_machine(account, "Tickets/Late"), {}, answers).calls["cloudwatch:putMetricData"]
    value: int = metric["MetricData"][0]["Value"]
    return value


@pytest.mark.plan("SEC-12", "IMP-6", "IMP-7")
def test_who_closed_a_ticket_is_kept(account: Environment) -> None:
    event = {"id": "1-2", "time": "2026-11-06T10:00:00Z", "detail": {"modified-by": "somebody"}}
    (kept,) = run(state_machine(account, "Tickets/Record"), event, {}).calls[KEEP]
    assert kept["Key"] == "done/2026-11-06-1-2.json"
    assert kept["Body"] == event
