"""``python -m admin.preflight --env NAME --account ID``: asks what a deploy needs; changes nothing."""

from typing import Annotated

import typer
from rich.console import Console

from admin.accounts import aws_account
from admin.aws import connect
from admin.preflight import aws
from admin.preflight.aws.account import Account
from admin.preflight.aws.needs import needs_of
from admin.preflight.model import ExitCode, exit_code, run
from admin.preflight.table import show
from assembly import open_assembly
from assembly.synth_cache import assembly_of
from errors import exit_on_error

_WIDTH = 160  # of the table where the output is no terminal

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(
    epilog=f"Exit code: {'; '.join(f'{each.value} {each.meaning}' for each in ExitCode)}; 2 a wrong option.",
)
def main(
    env: Annotated[str, typer.Option(help="The environment to deploy.")],
    account: Annotated[
        str | None, typer.Option(help="The environment's AWS account; the embedded cloud where it is left out.")
    ] = None,
) -> None:
    """Ask the account for what the next deploy of an environment needs and no template can create.

    It only reads. An answer that does not come, or does not say it, is unknown and never fine.
    """
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    with exit_on_error(ExitCode.UNKNOWN):
        connection = connect(env, account)
        console.print(f"{connection.place}. Nothing is changed.", highlight=False, soft_wrap=True)
        needs = needs_of(open_assembly(assembly_of(None, "aws")), env, aws_account(env))
        names = ", ".join(f"{stack.name} ({stack.region})" for stack in needs.stacks)
        console.print(f"Stacks: {names}", highlight=False, soft_wrap=True)
        with console.status("Asking"):
            rows = run(list(aws.checks(needs, Account(connection))))
    show(rows, console)
    raise typer.Exit(exit_code(rows))


if __name__ == "__main__":
    app()
