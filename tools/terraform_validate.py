"""Validation of Terraform's stacks by Terraform and its providers (``python -m tools.terraform_validate``).

``terraform init -backend=false`` and ``terraform validate`` run on a copy of each stack: no account, no state, and
nothing of the user's Terraform settings. The exit code is 1 where a provider refuses a stack, and 2 where none can be
asked.
"""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from assembly import open_assembly
from errors import exit_on_error
from local.errors import PrerequisiteError
from local.terraform.terraform import Terraform, mirror


def main(
    providers: Annotated[Path | None, typer.Option(help="Terraform's filesystem mirror, where no registry is.")] = None,
    stacks: Annotated[Path, typer.Option(help="What `cdktf synth` wrote.")] = Path("cdktf.out"),
) -> None:
    """Validate every stack of the cloud that was synthesized last; exit code 1 where one is refused."""
    table = Table("stack", "outcome", "refused")
    refused = False
    with exit_on_error(PrerequisiteError.exit_code), TemporaryDirectory() as scratch:
        found = list(open_assembly(stacks).stacks.values())
        terraform = Terraform(Path(scratch), mirror(providers))
        terraform.check(found)
        for stack in found:
            folder = shutil.copytree(
                stack.file.parent, Path(scratch, stack.name), ignore=shutil.ignore_patterns(".terraform*")
            )
            refusals = terraform.refusals(folder)
            refused = refused or bool(refusals)
            outcome, style = ("refused", "red") if refusals else ("valid", "green")
            table.add_row(stack.name, outcome, "\n".join(refusals), style=style)
    Console().print(table)
    raise SystemExit(refused)


if __name__ == "__main__":
    typer.run(main)
