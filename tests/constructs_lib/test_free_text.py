"""Free text of the settings on its way into each cloud's tickets: it arrives as a person has written it."""

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App
from cdktf import App as TerraformApp

import constructs_lib.gcp  # noqa: F401 - makes the providers quick to import; before the stacks
from environments import Policy, load
from stacks.aws.account import AccountStack
from stacks.gcp.account import add_shared
from tests.aws.assembly import Assembly
from tests.aws.state_machines import run
from tests.environments.conftest import Files
from tests.gcp import terraform
from tests.gcp.google_workflows import Workflow
from tests.synthesis import cdk_context

HOSTILE = (
    "The owner's \"review\" of C:\\new\\u0041 and '{day}'",
    "${AWS::Region} ${Token[TOKEN.1]} ${TfToken[TOKEN.2]} $${quarter} %{ if true }x%{ endif } {{ day }}",
    "{% $states.input %} %} {%",
    "<script>alert(1)</script> | `id` [a](javascript:b) *b* _c_ # d & e",
    "Zugänge prüfen, 100 % \U0001f512 \u65e5\u672c",
)


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    """The policy with hostile lines in a checklist, as the files allow them."""
    files = Files(tmp_path_factory.mktemp("hostile") / "environments")
    files.set("policy", "reviews.security.checklist", list(HOSTILE))
    return load(files.folder)[0].policy


@pytest.mark.plan("IMP-7/scheduled")
def test_a_checklist_arrives_unchanged_on_aws(policy: Policy, tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path), context=cdk_context(), analytics_reporting=False)
    AccountStack(app, "GoodiesAccount", policy, account=policy.account.aws_account_id)
    app.synth()
    account = Assembly.read(tmp_path).environment("GoodiesAccount")
    (steps,) = (
        each
        for each in account.resources("AWS::StepFunctions::StateMachine")
        if each.path.startswith("Reviews/Security/")
    )
    for part in ("${", "%{"):
        assert part not in steps["DefinitionString"]
    (ticket,) = run(steps, {}, {}).calls["ssm:createOpsItem"]
    assert ticket["Title"] == "Security review of 2026-11-05"
    lines, _, rest = ticket["Description"].partition("\n\n")
    assert lines.split("\n") == [f"- {line}" for line in HOSTILE]
    assert rest.endswith("docs/runbooks/account/reviews.md")


@pytest.mark.plan("IMP-7/scheduled")
def test_a_checklist_arrives_unchanged_on_google_cloud(policy: Policy, tmp_path: Path) -> None:
    shared = policy.account.gcp
    assert shared
    app = TerraformApp(outdir=str(tmp_path), skip_validation=True)
    add_shared(app, policy, account=shared, environments=load())
    app.synth()
    stack = terraform.Assembly.read(tmp_path).stacks["gcp-shared"]
    job = stack.one("google_cloud_scheduler_job", "Tickets/security")
    for part in ("Token[", "quarter"):
        assert part not in json.dumps(job.body)
    written: dict[str, Any] = {}

    def insert(given: Mapping[str, Any]) -> Mapping[str, Any]:
        written.update(given)
        return given

    argument = json.loads(json.loads(b64decode(job["http_target"]["body"]))["argument"])
    steps = stack.one("google_workflows_workflow", "Tickets/review")["source_contents"].replace("$${", "${")
    calls: dict[str, Callable[[Mapping[str, Any]], Any]] = {
        "googleapis.storage.v1.objects.insert": insert,
        "sys.log": lambda _: None,
    }
    Workflow(steps, {"BUCKET": "reports"}, calls, now=0).run(argument)
    assert written["body"]["title"] == "Security review"
    assert written["body"]["checklist"] == list(HOSTILE)
