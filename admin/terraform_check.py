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


def drift(folder: Path) -> Result:
    """Return what differs between what is deployed and what the state says of a stack."""
    _terraform(folder, "init", "-input=false")
    code = _terraform(
        folder, "plan", "-refresh-only", "-detailed-exitcode", "-input=false", "-lock=false", f"-out={_PLAN}"
    )[0]
    if code != _DIFFERENT:
        return Result(folder.name, "as deployed")
    plan = json.loads(_terraform(folder, "show", "-json", _PLAN)[1])
    changed = [entry["address"] for entry in plan.get("resource_drift", [])]
    return Result(folder.name, "changed beside the code" if changed else "as deployed", changed, bool(changed))


def validate(folder: Path) -> Result:
    """Return what the providers say of a stack, and what a deploy would do."""
    _terraform(folder, "init", "-input=false", "-backend=false")
    said = json.loads(_terraform(folder, "validate", "-json", fails=False)[1])
    if not said["valid"]:
        return Result(folder.name, "refused", [_diagnosis(item) for item in said["diagnostics"]], failed=True)
    _terraform(folder, "init", "-input=false", "-reconfigure")
    _terraform(folder, "plan", "-input=false", "-lock=false", f"-out={_PLAN}")
    plan = json.loads(_terraform(folder, "show", "-json", _PLAN)[1])
    changes = [
        entry["address"] for entry in plan.get("resource_changes", []) if entry["change"]["actions"] != ["no-op"]
    ]
    return Result(folder.name, f"valid; a deploy changes {len(changes)} resources")


def _terraform(folder: Path, *words: str, fails: bool = True) -> tuple[int, str]:
    command = ["terraform", f"-chdir={folder}", *words]
    if words[0] in {"init", "plan"}:
        command.append("-no-color")
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    allowed = {0, _DIFFERENT} if "-detailed-exitcode" in words else {0}
    if fails and done.returncode not in allowed:
        raise Failed(_reason(folder, done.stderr or done.stdout))
    return done.returncode, done.stdout


def _reason(folder: Path, said: str) -> str:
    text = " ".join(said.replace("│", " ").split())
    for signs, meaning in _KNOWN:
        if any(sign in text for sign in signs):
            return meaning.format(bucket=_bucket(folder))
    first = next(
        (line.strip("│ ") for line in said.splitlines() if "Error:" in line), "terraform failed without a word"
    )
    return first.partition("Error: ")[2] or first


def _bucket(folder: Path) -> str:
    stack: Any = json.loads((folder / "cdk.tf.json").read_text())
    return str(stack["terraform"]["backend"]["gcs"]["bucket"])


def _diagnosis(item: Any) -> str:
    return ": ".join(text for text in (item.get("address"), item["summary"], item.get("detail")) if text)


def main(
    work: Annotated[Work, typer.Argument()],
    stacks: Annotated[Path, typer.Option(help="What `cdktf synth` wrote.")] = Path("cdktf.out"),
) -> None:
    """Check every stack, and end with 1 if somebody must look."""
    folders = sorted(path.parent for path in stacks.glob("stacks/*/cdk.tf.json"))
    if not folders:
        raise SystemExit(f"{stacks}: no stacks; run `cdktf synth` first")
    if shutil.which("terraform") is None:
        raise SystemExit("terraform is not on the PATH: install Terraform 1.11 or newer and run this again")
    results = [_checked(work, folder) for folder in folders]
    table = Table("stack", "outcome", "which")
    for result in results:
        style = "red" if result.failed else "green"
        table.add_row(result.stack, result.outcome, "\n".join(result.which), style=style)
    Console().print(table)
    raise SystemExit(any(result.failed for result in results))


def _checked(work: Work, folder: Path) -> Result:
    try:
        return drift(folder) if work is Work.DRIFT else validate(folder)
    except Failed as failed:
        return Result(folder.name, str(failed), failed=True)


if __name__ == "__main__":
    typer.run(main)
