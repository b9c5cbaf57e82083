"""Drift and plan of the deployed stacks by Terraform, with one line for each stack.

    python -m admin.terraform_check drift --project acme-goodies-shared
    python -m admin.terraform_check plan --cloud gcp

Without an account, the embedded cloud is compared: of its stacks, those that were deployed there. Drift is a
change beside the code: a refresh-only plan compares what is deployed with the state. A plan compares it with the
stacks. Both only read, and take no lock of the state, so neither asks for a confirmation. ``make validate`` asks the
providers whether they accept the stacks, without an account.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from admin.clouds import choose, part
from admin.connections import CloudConnection, refuse_leading_to, require_running
from admin.errors import TerraformError
from admin.options import SharedProjectOption, SharedSubscriptionOption, StacksOption, TerraformCloudOption
from assembly import Stack, open_assembly
from assembly.values import Json
from errors import exit_on_error
from local.clouds import TERRAFORM
from local.terraform import working_copy
from local.terraform.environment import deploy_environment
from local.terraform.terraform import explained, unframed

_PLAN = "drift.tfplan"
_DIFFERENT = 2
# Attributes that change with each change of a resource, or of what several resources write: a policy, a zone's records.
_RENEWED = frozenset({"etag", "number_of_record_sets", "update_time", "updated"})
# Attributes that list what resources of their own make: empty in the state of one that was made before those.
_FILLED = frozenset({"subnet"})
# Beginning of a resource's address before its name: https://compute.googleapis.com/compute/v1/projects/…
_ADDRESS = re.compile(r"^https://[\w.-]+\.googleapis\.com/(?:\w+/)?v\d\w*/(?=projects/)")


class Check(StrEnum):
    """A check of each stack."""

    DRIFT = "drift"
    PLAN = "plan"


@dataclass(frozen=True)
class Result:
    """Result of a check.

    Attributes:
        stack: name of the stack.
        outcome: in a few words.
        resources: the addresses concerned.
        failed: whether a person must check.
    """

    stack: str
    outcome: str
    resources: Sequence[str] = field(default=())
    failed: bool = False


@dataclass(frozen=True)
class Workspace:
    """Stacks where Terraform works.

    Attributes:
        stacks: all of them.
        environment: variables of Terraform; those of this process where it is None.
        deployed: names of the stacks that are compared, as none of the others was deployed; None for all.
    """

    stacks: Sequence[Stack]
    environment: Mapping[str, str] | None = None
    deployed: Collection[str] | None = None

    def check(self, check: Check, stack: Stack) -> Result:
        """Return the result of a check of a stack; why there is none, where Terraform fails."""
        if self.deployed is not None and stack.name not in self.deployed:
            return Result(stack.name, "not deployed")
        try:
            return self.drift(stack) if check is Check.DRIFT else self.plan(stack)
        except TerraformError as error:
            return Result(stack.name, str(error), failed=True)

    def drift(self, stack: Stack) -> Result:
        """Compare what is deployed of a stack with its state."""
        self._terraform(stack, "init", "-input=false")
        code = self._terraform(
            stack, "plan", "-refresh-only", "-detailed-exitcode", "-input=false", "-lock=false", f"-out={_PLAN}"
        )[0]
        if code != _DIFFERENT:
            return Result(stack.name, "as deployed")
        answer = json.loads(self._terraform(stack, "show", "-json", _PLAN)[1])
        changed = [entry["address"] for entry in answer.get("resource_drift", []) if _changed(entry["change"])]
        return Result(stack.name, "changed beside the code" if changed else "as deployed", changed, bool(changed))

    def plan(self, stack: Stack) -> Result:
        """Count what a deploy of a stack would change."""
        self._terraform(stack, "init", "-input=false", "-reconfigure")
        self._terraform(stack, "plan", "-input=false", "-lock=false", f"-out={_PLAN}")
        answer = json.loads(self._terraform(stack, "show", "-json", _PLAN)[1])
        changes = [
            entry["address"] for entry in answer.get("resource_changes", []) if entry["change"]["actions"] != ["no-op"]
        ]
        return Result(stack.name, f"a deploy changes {len(changes)} resources")

    def _terraform(self, stack: Stack, *words: str) -> tuple[int, str]:
        command = ["terraform", f"-chdir={stack.file.parent}", *words]
        if words[0] in {"init", "plan"}:
            command.append("-no-color")
        done = subprocess.run(  # noqa: S603 - the terraform of the PATH, with words of our own
            command, env=self.environment, capture_output=True, text=True, check=False
        )
        allowed = {0, _DIFFERENT} if "-detailed-exitcode" in words else {0}
        if done.returncode not in allowed:
            raise TerraformError(_explained(stack, words[0], done.stderr or done.stdout))
        return done.returncode, done.stdout


def _changed(change: Json) -> bool:
    """Return whether a refresh has found another value than the state has.

    After a first deploy it finds empty values where the state has none, full addresses where it has names, what each
    change renews, and what later resources filled.
    """
    return _differs(change["before"], change["after"])


def _differs(before: Json, after: Json) -> bool:
    if isinstance(before, dict) and isinstance(after, dict):
        filled = {key for key in _FILLED if not before.get(key)}
        keys = (before.keys() | after.keys()) - _RENEWED - filled
        return any(_differs(before.get(key), after.get(key)) for key in keys)
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return any(_differs(*pair) for pair in zip(before, after, strict=True))
    return bool(_comparable(before) != _comparable(after))


def _comparable(value: Json) -> Json:
    return _ADDRESS.sub("", value) if isinstance(value, str) and value else value or None


def _explained(stack: Stack, command: str, output: str) -> str:
    text = unframed(output)
    for signs, meaning in part("admin", stack.cloud, "connection").EXPLANATIONS:
        if any(sign in text for sign in signs):
            return str(meaning).format_map(next(iter(stack.template["terraform"]["backend"].values())))
    return explained(command, output)


def main(
    check: Annotated[Check, typer.Argument(help="What to do with each stack.")],
    project: SharedProjectOption = None,
    subscription: SharedSubscriptionOption = None,
    cloud: TerraformCloudOption = "",
    stacks: StacksOption = Path("cdktf.out"),
) -> None:
    """Check every stack of a cloud; exit code 1 where a person must check. Nothing is changed."""
    console = Console()
    with exit_on_error(), _workspace(check, *_selected(cloud, project, subscription), stacks, console) as workspace:
        results = [workspace.check(check, stack) for stack in workspace.stacks]
    table = Table("stack", "outcome", "resources")
    for result in results:
        style = "red" if result.failed else "green"
        table.add_row(result.stack, result.outcome, "\n".join(result.resources), style=style)
    console.print(table)
    raise SystemExit(any(result.failed for result in results))


def _selected(cloud: str, project: str | None, subscription: str | None) -> tuple[str, str | None]:
    return choose(cloud, {"project": project, "subscription": subscription})


@contextmanager
def _workspace(check: Check, key: str, account: str | None, folder: Path, console: Console) -> Iterator[Workspace]:
    """Yield where Terraform works; the embedded cloud is not changed meanwhile."""
    connections = part("admin", key, "connection")
    shared = connections.shared_account()
    if account is not None:
        connections.require_shared(account)
        refuse_leading_to(TERRAFORM[key](), account)
        found = [stack for stack in open_assembly(folder).stacks.values() if stack.cloud == key]
        _require_terraform()
        _say(console, connections.Connection, shared, embedded=False)
        yield Workspace(found)
        return
    cloud = require_running(TERRAFORM[key](), shared)
    _require_terraform()
    _say(console, connections.Connection, shared, embedded=True)
    with cloud.lock(f"make {check}"):
        # A plan compares with the checkout; drift, with what was deployed.
        assembly = working_copy.update(cloud) if check is Check.PLAN else open_assembly(working_copy.folder(cloud))
        stacks = list(assembly.stacks.values())
        deployed = [stack.name for stack in stacks if (stack.file.parent / ".terraform").exists()]
        yield Workspace(stacks, deploy_environment(cloud), deployed)


def _say(console: Console, connection: type[CloudConnection], account: str, *, embedded: bool) -> None:
    name = f"Embedded {connection.cloud}" if embedded else connection.cloud
    console.print(f"{name}: {connection.word} {account}. Nothing is changed.", highlight=False, soft_wrap=True)


def _require_terraform() -> None:
    if shutil.which("terraform") is None:
        raise TerraformError("terraform is not on the PATH: install Terraform 1.11 or newer and run this again")


if __name__ == "__main__":
    typer.run(main)
