"""Drift and plan of the deployed stacks by Terraform, with one line for each stack.

    python -m admin.terraform_check drift --project example-goodies-shared
    python -m admin.terraform_check plan --project example-goodies-shared

Drift is a change beside the code: a refresh-only plan compares what is deployed with the state. A plan compares it with
the stacks. Both only read, and take no lock, so neither asks for a confirmation. ``make validate`` asks the providers
whether they accept the stacks, without a project.
"""

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from admin.accounts import require_shared_project
from admin.errors import TerraformError
from assembly import Stack, open_assembly
from errors import exit_on_error

_PLAN = "drift.tfplan"
_DIFFERENT = 2
# Texts in Terraform's errors, and what to do about them.
_EXPLANATIONS = (
    (
        ("bucket doesn't exist",),
        "the state bucket {bucket} is absent: run `make bootstrap CLOUD=gcp PROJECT=…`, with the project of"
        " environments/policy.yaml",
    ),
    (
        ("could not find default credentials", "Attempted to load application default credentials"),
        "there are no credentials: run `gcloud auth application-default login`",
    ),
    (
        ("Failed to query available provider packages", "Could not retrieve the list of available versions"),
        "the providers cannot be downloaded: this machine reaches no registry.terraform.io",
    ),
)


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


def drift(stack: Stack) -> Result:
    """Compare what is deployed of a stack with its state."""
    _terraform(stack, "init", "-input=false")
    code = _terraform(
        stack, "plan", "-refresh-only", "-detailed-exitcode", "-input=false", "-lock=false", f"-out={_PLAN}"
    )[0]
    if code != _DIFFERENT:
        return Result(stack.name, "as deployed")
    answer = json.loads(_terraform(stack, "show", "-json", _PLAN)[1])
    changed = [entry["address"] for entry in answer.get("resource_drift", [])]
    return Result(stack.name, "changed beside the code" if changed else "as deployed", changed, bool(changed))


def plan(stack: Stack) -> Result:
    """Count what a deploy of a stack would change."""
    _terraform(stack, "init", "-input=false", "-reconfigure")
    _terraform(stack, "plan", "-input=false", "-lock=false", f"-out={_PLAN}")
    answer = json.loads(_terraform(stack, "show", "-json", _PLAN)[1])
    changes = [
        entry["address"] for entry in answer.get("resource_changes", []) if entry["change"]["actions"] != ["no-op"]
    ]
    return Result(stack.name, f"a deploy changes {len(changes)} resources")


def _terraform(stack: Stack, *words: str) -> tuple[int, str]:
    command = ["terraform", f"-chdir={stack.file.parent}", *words]
    if words[0] in {"init", "plan"}:
        command.append("-no-color")
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    allowed = {0, _DIFFERENT} if "-detailed-exitcode" in words else {0}
    if done.returncode not in allowed:
        raise TerraformError(_explain(stack, done.stderr or done.stdout))
    return done.returncode, done.stdout


def _explain(stack: Stack, output: str) -> str:
    text = " ".join(output.replace("│", " ").split())
    for signs, meaning in _EXPLANATIONS:
        if any(sign in text for sign in signs):
            return meaning.format(bucket=stack.template["terraform"]["backend"]["gcs"]["bucket"])
    first = next(
        (line.strip("│ ") for line in output.splitlines() if "Error:" in line), "terraform failed without a message"
    )
    return first.partition("Error: ")[2] or first


def main(
    check: Annotated[Check, typer.Argument(help="What to do with each stack.")],
    project: Annotated[str, typer.Option(help="The shared project, as environments/policy.yaml names it.")],
    stacks: Annotated[Path, typer.Option(help="What `cdktf synth` wrote.")] = Path("cdktf.out"),
) -> None:
    """Check every stack of Google Cloud; exit code 1 where a person must check. Nothing is changed."""
    with exit_on_error():
        results = [_run(check, stack) for stack in _stacks(project, stacks)]
    table = Table("stack", "outcome", "resources")
    for result in results:
        style = "red" if result.failed else "green"
        table.add_row(result.stack, result.outcome, "\n".join(result.resources), style=style)
    Console().print(table)
    raise SystemExit(any(result.failed for result in results))


def _stacks(project: str, folder: Path) -> Sequence[Stack]:
    require_shared_project(project)
    found = list(open_assembly(folder).stacks.values())
    if shutil.which("terraform") is None:
        raise TerraformError("terraform is not on the PATH: install Terraform 1.11 or newer and run this again")
    return found


def _run(check: Check, stack: Stack) -> Result:
    try:
        return drift(stack) if check is Check.DRIFT else plan(stack)
    except TerraformError as error:
        return Result(stack.name, str(error), failed=True)


if __name__ == "__main__":
    typer.run(main)
