"""Deployment hooks of the deployed production, called as ECS calls them: with the role of the hook."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import EmbeddedCloud, client_options, session
from tests.deployed.conftest import PRIMARY
from tests.deployed.mailbox import Mailbox
from tests.deployed.service import service

pytestmark = pytest.mark.xdist_group("deployed")

ALARM = "GoodiesProd-Deployment-Cpu-Rollback"
Invoke = Callable[[str], Any]


@pytest.fixture
def enforced(deployed: EmbeddedCloud) -> Iterator[None]:
    """IAM, which is off while stacks deploy."""
    before = deployed.enforce_iam(True)
    yield
    deployed.enforce_iam(before)


@pytest.fixture
def invoke(deployed: EmbeddedCloud) -> Invoke:
    """Invoke a hook by its stage as its role, or another function by its name; return the answer."""
    configuration: Any = service(deployed)["deploymentConfiguration"]
    hooks = {hook["lifecycleStages"][0]: hook for hook in configuration["lifecycleHooks"]}
    role = hooks["PRE_SCALE_UP"]["roleArn"]
    taken = deployed.client("sts", PRIMARY).assume_role(RoleArn=role, RoleSessionName="ECS")["Credentials"]
    credentials = {
        "aws_access_key_id": taken["AccessKeyId"],
        "aws_secret_access_key": taken["SecretAccessKey"],
        "aws_session_token": taken["SessionToken"],
    }
    client = session().client("lambda", **(client_options(deployed.endpoint, deployed.account, PRIMARY) | credentials))

    def invoke_it(name: str) -> Any:
        details = {"serviceArn": service(deployed)["serviceArn"], "targetServiceRevisionArn": "none"}
        payload = json.dumps({"lifecycleStage": name, "executionDetails": details}).encode()
        function = hooks[name]["hookTargetArn"] if name in hooks else name
        return json.loads(client.invoke(FunctionName=function, Payload=payload)["Payload"].read())

    return invoke_it


@pytest.fixture
def mailboxes(deployed: EmbeddedCloud, resource: Callable[..., str]) -> dict[str, Mailbox]:
    return {
        name: Mailbox(deployed, resource("GoodiesProd-Foundation", "AWS::SNS::Topic", f"Notifications{name}"))
        for name in ("OnCall", "Team")
    }


@pytest.fixture
def records(deployed: EmbeddedCloud) -> Iterator[dict[str, str]]:
    """The record of a release; all records are as before after the test."""
    ssm = deployed.client("ssm", PRIMARY)
    names = [f"/goodies/prod/{name}" for name in ("release", "urgent", "refusal")]
    before = {each["Name"]: each["Value"] for each in ssm.get_parameters(Names=names)["Parameters"]}
    ssm.put_parameter(Name="/goodies/prod/release", Value="0.3.0-2a1ec34", Overwrite=True)
    yield before
    for name, value in before.items():
        ssm.put_parameter(Name=name, Value=value, Overwrite=True)


@pytest.fixture
def alarm(deployed: EmbeddedCloud) -> Iterator[None]:
    """A rollback alarm that is on."""
    cloudwatch = deployed.client("cloudwatch", PRIMARY)
    cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="test")
    yield
    cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="OK", StateReason="test")


@pytest.mark.plan("RBK-1/errors", "RBK-1/health", "SEC-9/roles")
@pytest.mark.usefixtures("enforced")
def test_the_hooks_pass_where_no_alarm_is_on_and_no_task_is_to_run(invoke: Invoke) -> None:
    assert invoke("PRE_SCALE_UP") == {"hookStatus": "SUCCEEDED"}
    assert invoke("POST_TEST_TRAFFIC_SHIFT") == {"hookStatus": "SUCCEEDED"}


@pytest.mark.plan("RBK-1/errors", "SEC-9/roles")
@pytest.mark.usefixtures("alarm", "records")
def test_an_alarm_that_is_on_refuses_the_deployment_and_the_team_reads_why(
    deployed: EmbeddedCloud, invoke: Invoke, mailboxes: dict[str, Mailbox]
) -> None:
    for mailbox in mailboxes.values():
        mailbox.texts(wait=False)
    assert invoke("PRE_SCALE_UP") == {"hookStatus": "FAILED"}
    refusal = deployed.client("ssm", PRIMARY).get_parameter(Name="/goodies/prod/refusal")["Parameter"]["Value"]
    assert refusal.startswith(f"0.3.0-2a1ec34 {ALARM} is on.")
    text = mailboxes["Team"].texts(wait=True)[0]
    assert f"The deployment of 0.3.0-2a1ec34 to GoodiesProd is refused, and the release before goes on: {ALARM}" in text


@pytest.mark.plan("RBK-1/errors", "SEC-9/roles")
@pytest.mark.usefixtures("alarm", "records")
def test_an_urgent_release_passes_and_on_call_reads_the_reason(
    deployed: EmbeddedCloud, invoke: Invoke, mailboxes: dict[str, Mailbox]
) -> None:
    for mailbox in mailboxes.values():
        mailbox.texts(wait=False)
    urgent = "0.3.0-2a1ec34 login fails for everybody"
    deployed.client("ssm", PRIMARY).put_parameter(Name="/goodies/prod/urgent", Value=urgent, Overwrite=True)
    assert invoke("PRE_SCALE_UP") == {"hookStatus": "SUCCEEDED"}
    text = mailboxes["OnCall"].texts(wait=True)[0]
    assert "Reason: login fails for everybody" in text


@pytest.mark.plan("SEC-9/roles")
@pytest.mark.usefixtures("enforced")
def test_ecs_may_invoke_no_other_function(deployed: EmbeddedCloud, invoke: Invoke) -> None:
    functions = deployed.client("lambda", PRIMARY).list_functions()["Functions"]
    other = next(each["FunctionName"] for each in functions if "Rotation" in each["FunctionName"])
    with pytest.raises(ClientError, match="AccessDenied"):
        invoke(other)
