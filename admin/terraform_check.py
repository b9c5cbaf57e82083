"""Runs Terraform over the synthesized stacks, and says in one line each what came of it.

    python -m admin.terraform_check drift
    python -m admin.terraform_check validate

Drift is what somebody changed beside the code: the plan refreshes what is deployed and compares it with the state.
Validation asks the providers themselves, and plans where the state can be read.
"""

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from assembly import Stack, open_assembly
from errors import exit_on_error

_PLAN = "drift.tfplan"
_DIFFERENT = 2
# What Terraform says, and what it means to whoever runs this.
_KNOWN = (
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


class Work(StrEnum):
    """What is done with each stack."""

    DRIFT = "drift"
    VALIDATE = "validate"


class Failed(Exception):
    """Terraform could not do it; one line says why."""


@dataclass(frozen=True)
class Result:
    """What came of a stack.

    Attributes:
        stack: its name.
        outcome: in a few words.
        which: the resources concerned.
        failed: whether somebody must look.
    """

    stack: str
    outcome: str
    which: Sequence[str] = field(default=())
    failed: bool = False


def drift(stack: Stack) -> Result:
    """Return what differs between what is deployed and what the state says of a stack."""
    _terraform(stack, "init", "-input=false")
    code = _terraform(
        stack, "plan", "-refresh-only", "-detailed-exitcode", "-input=false", "-lock=false", f"-out={_PLAN}"
    )[0]
    if code != _DIFFERENT:
        return Result(stack.name, "as deployed")
    plan = json.loads(_terraform(stack, "show", "-json", _PLAN)[1])
    changed = [entry["address"] for entry in plan.get("resource_drift", [])]
    return Result(stack.name, "changed beside the code" if changed else "as deployed", changed, bool(changed))


def validate(stack: Stack) -> Result:
    """Return what the providers say of a stack, and what a deploy would do."""
    _terraform(stack, "init", "-input=false", "-backend=false")
    said = json.loads(_terraform(stack, "validate", "-json", fails=False)[1])
    if not said["valid"]:
        return Result(stack.name, "refused", [_diagnosis(item) for item in said["diagnostics"]], failed=True)
    _terraform(stack, "init", "-input=false", "-reconfigure")
    _terraform(stack, "plan", "-input=false", "-lock=false", f"-out={_PLAN}")
    plan = json.loads(_terraform(stack, "show", "-json", _PLAN)[1])
    changes = [
        entry["address"] for entry in plan.get("resource_changes", []) if entry["change"]["actions"] != ["no-op"]
    ]
    return Result(stack.name, f"valid; a deploy changes {len(changes)} resources")


def _terraform(stack: Stack, *words: str, fails: bool = True) -> tuple[int, str]:
    command = ["terraform", f"-chdir={stack.file.parent}", *words]
    if words[0] in {"init", "plan"}:
        command.append("-no-color")
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    allowed = {0, _DIFFERENT} if "-detailed-exitcode" in words else {0}
    if fails and done.returncode not in allowed:
        raise Failed(_reason(stack, done.stderr or done.stdout))
    return done.returncode, done.stdout


def _reason(stack: Stack, said: str) -> str:
    text = " ".join(said.replace("│", " ").split())
    for signs, meaning in _KNOWN:
        if any(sign in text for sign in signs):
            return meaning.format(bucket=stack.template["terraform"]["backend"]["gcs"]["bucket"])
    first = next(
        (line.strip("│ ") for line in said.splitlines() if "Error:" in line), "terraform failed without a word"
    )
    return first.partition("Error: ")[2] or first


def _diagnosis(item: Any) -> str:
    return ": ".join(text for text in (item.get("address"), item["summary"], item.get("detail")) if text)


def main(
    work: Annotated[Work, typer.Argument()],
    stacks: Annotated[Path, typer.Option(help="What `cdktf synth` wrote.")] = Path("cdktf.out"),
) -> None:
    """Check every stack, and end with 1 if somebody must look."""
    with exit_on_error():
        found = open_assembly(stacks).stacks.values()
    if shutil.which("terraform") is None:
        raise SystemExit("terraform is not on the PATH: install Terraform 1.11 or newer and run this again")
    results = [_checked(work, stack) for stack in found]
    table = Table("stack", "outcome", "which")
    for result in results:
        style = "red" if result.failed else "green"
        table.add_row(result.stack, result.outcome, "\n".join(result.which), style=style)
    Console().print(table)
    raise SystemExit(any(result.failed for result in results))


def _checked(work: Work, stack: Stack) -> Result:
    try:
        return drift(stack) if work is Work.DRIFT else validate(stack)
    except Failed as failed:
        return Result(stack.name, str(failed), failed=True)


if __name__ == "__main__":
    typer.run(main)
