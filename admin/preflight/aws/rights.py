"""Rights of the caller, by IAM's simulator: the roles of ``cdk bootstrap``, and the steps after the deploy.

The simulator reads the caller's policies and the permission boundary. Of an organization's policies it knows some, and
of a role's trust nothing ("Testing IAM policies with the IAM policy simulator").
"""

import re
from collections.abc import Iterator, Sequence
from functools import partial

from admin.errors import PreflightError
from admin.preflight.aws.account import Account
from admin.preflight.aws.needs import Needs
from admin.preflight.model import Answer, Check, fine, missing, unknown
from assembly.values import Json

_GROUP = "rights"
_ROLE = re.compile(r"cdk-[a-z0-9]+-(?:deploy|file-publishing|image-publishing|lookup)-role-(\d{12})-([a-z0-9-]+)")
_ASSUMED = re.compile(r"arn:(?P<partition>[\w-]+):sts::\d{12}:assumed-role/(?P<role>[^/]+)/")

Right = tuple[str, str]


def checks(needs: Needs, account: Account) -> Iterator[Check]:
    """Yield a check of the bootstrap's roles, and one of the steps that docs/deploy/aws.md names after the deploy."""
    yield Check(_GROUP, "Roles of cdk bootstrap", partial(_may, account, needs.regions[0], roles_of(needs, account.id)))
    yield Check(_GROUP, "Steps after the deploy", partial(_may, account, needs.regions[0], steps_of(needs, account.id)))


def roles_of(needs: Needs, account: str) -> list[Right]:
    """Return the roles that a deploy of the stacks takes on, as the assembly names them."""
    folder = needs.assembly.folder
    files = [folder / "manifest.json", *(folder / f"{stack.name}.assets.json" for stack in needs.stacks)]
    text = "".join(file.read_text(encoding="utf-8") for file in files if file.is_file())
    names = {
        # The embedded cloud may run the stacks under another account.
        found[0].replace(found[1], account)
        for found in _ROLE.finditer(text)
        if found[2] in needs.regions
    }
    return [("sts:AssumeRole", f"arn:aws:iam::{account}:role/{name}") for name in sorted(names)]


def steps_of(needs: Needs, account: str) -> list[Right]:
    """Return what a person does after the deploy: builds, migrates, sets the password, records the release."""
    return [
        ("codebuild:StartBuild", f"arn:aws:codebuild:{each.region}:{account}:project/{each.properties['Name']}")
        for each in needs.resources("AWS::CodeBuild::Project")
    ] + [
        right
        for each in needs.resources("AWS::ECS::Cluster")
        for place in [f"{each.region}:{account}"]
        for right in (
            ("ecs:RegisterTaskDefinition", f"arn:aws:ecs:{place}:task-definition/*"),
            ("ecs:RunTask", f"arn:aws:ecs:{place}:task-definition/*"),
            ("iam:PassRole", f"arn:aws:iam::{account}:role/{each.stack}-*"),
            ("secretsmanager:PutSecretValue", f"arn:aws:secretsmanager:{place}:secret:{_folder(needs)}/*"),
            ("ssm:PutParameter", f"arn:aws:ssm:{place}:parameter/{_folder(needs)}/release"),
            ("cloudformation:UpdateStack", f"arn:aws:cloudformation:{place}:stack/{each.stack}/*"),
        )
    ]


def _folder(needs: Needs) -> str:
    return f"goodies/{needs.environment}"


def _may(account: Account, region: str, rights: Sequence[Right]) -> Answer:
    if account.embedded:
        return unknown("the embedded cloud knows one caller, who may do all")
    caller = str(account.client("sts", region).get_caller_identity()["Arn"])
    if caller.endswith(":root"):
        return missing(
            "the root user, which takes on no role",
            "Sign in as somebody else, as with aws sso login",
        )
    source = _principal(account, region, caller)
    denied: dict[Right, set[str]] = {}
    for right in rights:
        results = _simulate(account, region, source, right)
        if any(each["EvalDecision"] != "allowed" for each in results):
            denied[right] = {str(key) for each in results for key in each.get("MissingContextValues", ())}
    if not denied:
        return fine(f"{source.rpartition('/')[2]} may: {', '.join(sorted({action for action, _ in rights}))}")
    if all(denied.values()):
        context = sorted(set().union(*denied.values()))
        return unknown(f"it depends on {', '.join(context)}, which the simulator is not told")
    return missing(
        f"{source} may not {', '.join(sorted({action for action, _ in denied}))}",
        *(f"Ask for {action} on {resource}" for action, resource in denied),
    )


def _principal(account: Account, region: str, caller: str) -> str:
    """Return the ARN of the user or role whose policies count: a session's ARN lacks its role's path."""
    found = _ASSUMED.match(caller)
    if found is None:
        return caller
    return str(account.client("iam", region).get_role(RoleName=found["role"])["Role"]["Arn"])


def _simulate(account: Account, region: str, source: str, right: Right) -> list[Json]:
    action, resource = right
    results = account.pages(
        "iam",
        region,
        "simulate_principal_policy",
        "EvaluationResults",
        PolicySourceArn=source,
        ActionNames=[action],
        ResourceArns=[resource],
    )
    if not results:
        raise PreflightError(f"the simulator gives no decision on {action}")
    return results
