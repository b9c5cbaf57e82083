"""Hook before the tasks start: it refuses a deployment while a rollback alarm is on, unless its release is urgent."""

import pytest
from botocore.exceptions import ClientError

from operations.release.alarm_check import handle
from tests.operations.release.conftest import AwsAnswers

ALARM = "GoodiesProd-Deployment-Cpu-Rollback"
DENIED = ClientError({"Error": {"Code": "AccessDenied", "Message": "denied"}}, "DescribeAlarms")
SUCCEEDED, FAILED = {"hookStatus": "SUCCEEDED"}, {"hookStatus": "FAILED"}


@pytest.fixture
def alarm(aws: AwsAnswers) -> AwsAnswers:
    """AWS with an alarm that is on."""
    aws.answers["describe_alarms"] = {"MetricAlarms": [{"AlarmName": ALARM}]}
    return aws


def test_without_an_alarm_the_deployment_goes_on(aws: AwsAnswers) -> None:
    aws.answers["describe_alarms"] = {"MetricAlarms": []}
    assert handle({}, None) == SUCCEEDED
    assert aws.calls["describe_alarms"] == [{"AlarmNamePrefix": "GoodiesProd-Deployment-", "StateValue": "ALARM"}]
    assert aws.published == []


def test_an_alarm_that_is_on_refuses_the_deployment_and_says_what_to_do(alarm: AwsAnswers) -> None:
    assert handle({}, None) == FAILED
    (written,) = alarm.calls["put_parameter"]
    assert (written["Name"], written["Overwrite"]) == ("/goodies/prod/refusal", True)
    assert written["Value"] == (
        "0.3.0-2a1ec34 GoodiesProd-Deployment-Cpu-Rollback is on. ECS would read no alarm during this deployment, and "
        "would not roll it back. Wait until the alarm is off; a release that repairs the cause is marked as urgent "
        "with the reason, make release URGENT="
    )
    (message,) = alarm.calls["publish"]
    assert message["TopicArn"] == "team-topic"
    assert message["Subject"] == "GoodiesProd: 0.3.0-2a1ec34 is refused"
    assert "docs/runbooks/rollback.md" in message["Message"]


def test_an_urgent_release_passes_and_on_call_is_notified(alarm: AwsAnswers) -> None:
    alarm.parameters["/goodies/prod/urgent"] = "0.3.0-2a1ec34 login fails for everybody"
    assert handle({}, None) == SUCCEEDED
    (message,) = alarm.calls["publish"]
    assert message["TopicArn"] == "on-call-topic"
    assert ALARM in message["Message"]
    assert "Reason: login fails for everybody" in message["Message"]


@pytest.mark.parametrize("urgent", ["none", "0.2.0-1111111 of the release before", "0.3.0-2a1ec34", "0.3.0-2a1ec34 "])
def test_a_mark_of_another_release_or_without_a_reason_counts_for_nothing(alarm: AwsAnswers, urgent: str) -> None:
    alarm.parameters["/goodies/prod/urgent"] = urgent
    assert handle({}, None) == FAILED


def test_an_urgent_release_that_on_call_is_not_notified_of_is_refused(alarm: AwsAnswers) -> None:
    alarm.parameters["/goodies/prod/urgent"] = "0.3.0-2a1ec34 login fails for everybody"
    alarm.answers["publish"] = DENIED
    assert handle({}, None) == FAILED
    assert "on call cannot be notified of the urgent release" in alarm.calls["put_parameter"][0]["Value"]


@pytest.mark.parametrize("operation", ["describe_alarms", "get_parameter"])
def test_alarms_that_cannot_be_read_refuse_the_deployment(alarm: AwsAnswers, operation: str) -> None:
    alarm.answers[operation] = DENIED
    assert handle({}, None) == FAILED
    assert "The rollback alarms cannot be read" in alarm.calls["put_parameter"][0]["Value"]


def test_a_refusal_holds_even_if_nobody_can_be_notified(alarm: AwsAnswers, capsys: pytest.CaptureFixture[str]) -> None:
    alarm.answers["put_parameter"] = DENIED
    assert handle({}, None) == FAILED
    assert "0.3.0-2a1ec34 is refused: " in capsys.readouterr().out
