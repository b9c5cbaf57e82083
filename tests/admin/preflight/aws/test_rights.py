"""Rights of the caller, as IAM's simulator decides."""

from collections.abc import Callable

import pytest

from admin.preflight.aws.needs import Needs
from admin.preflight.aws.rights import roles_of
from admin.preflight.model import Answer, State
from assembly.values import Json
from tests.admin.preflight.aws.answers import DENIED, ID, Answers, Given

Ask = Callable[..., Answer]

SSO = "AWSReservedSSO_Admin_0123456789abcdef"
SSO_ROLE = f"arn:aws:iam::{ID}:role/aws-reserved/sso.amazonaws.com/{SSO}"


def caller(arn: str) -> Json:
    return {"Account": ID, "Arn": arn, "UserId": "AIDAAAAAAAAAAAAAAAAA"}


def decision(decided: str, *missing: str) -> Json:
    return {"EvalActionName": "sts:AssumeRole", "EvalDecision": decided, "MissingContextValues": list(missing)}


def pages(*decisions: Json) -> Callable[[str, Json], Json]:
    """Return the decisions on a second page."""

    def answer(_: str, parameters: Json) -> Json:
        if "Marker" in parameters:
            return {"EvaluationResults": list(decisions), "IsTruncated": False}
        return {"EvaluationResults": [], "IsTruncated": True, "Marker": "a"}

    return answer


@pytest.mark.parametrize("subject", ["Roles of cdk bootstrap", "Steps after the deploy"])
@pytest.mark.parametrize(
    ("simulated", "state"),
    [
        (pages(decision("allowed")), State.FINE),
        (pages(decision("implicitDeny")), State.MISSING),
        (pages(decision("explicitDeny")), State.MISSING),
        (pages(decision("allowed"), decision("implicitDeny")), State.MISSING),
        (pages(decision("implicitDeny", "aws:MultiFactorAuthPresent")), State.UNKNOWN),
        (pages(), State.UNKNOWN),
        (DENIED, State.UNKNOWN),
    ],
)
def test_decisions(ask: Ask, subject: str, simulated: Given, state: State) -> None:
    answers = Answers(
        {"sts:GetCallerIdentity": caller(f"arn:aws:iam::{ID}:user/me"), "iam:SimulatePrincipalPolicy": simulated}
    )
    answer = ask(subject, answers)
    assert answer.state is state
    assert bool(answer.next_steps) is (state is State.MISSING)


def test_the_policies_of_a_session_are_those_of_its_role(ask: Ask) -> None:
    role = {
        "Path": "/",
        "RoleName": SSO,
        "RoleId": "AROAAAAAAAAAAAAAAAAA",
        "Arn": SSO_ROLE,
        "CreateDate": "2026-01-01T00:00:00Z",
    }
    answers = Answers(
        {
            "sts:GetCallerIdentity": caller(f"arn:aws:sts::{ID}:assumed-role/{SSO}/me"),
            "iam:GetRole": {"Role": role},
            "iam:SimulatePrincipalPolicy": pages(decision("allowed")),
        }
    )
    assert ask("Roles of cdk bootstrap", answers).state is State.FINE
    parameters = [params for action, _, params in answers.calls if action == "iam:SimulatePrincipalPolicy"]
    assert {params["PolicySourceArn"] for params in parameters} == {SSO_ROLE}


def test_root_deploys_nothing(ask: Ask) -> None:
    answer = ask("Roles of cdk bootstrap", Answers({"sts:GetCallerIdentity": caller(f"arn:aws:iam::{ID}:root")}))
    assert answer.state is State.MISSING


def test_the_roles_are_those_of_the_assembly(needs: Needs) -> None:
    roles = {resource.rpartition("/")[2] for _, resource in roles_of(needs, ID)}
    for region in needs.regions:
        assert {f"cdk-hnb659fds-{kind}-role-{ID}-{region}" for kind in ("deploy", "file-publishing", "lookup")} <= roles
