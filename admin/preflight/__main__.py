"""``python -m admin.preflight --env NAME``, with an account or a project: asks what a deploy needs; changes nothing."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console

from admin.accounts import aws_account, google_project
from admin.aws import connect
from admin.errors import NotRunningError, PreflightError
from admin.options import AccountOption
from admin.preflight import aws, gcp
from admin.preflight.aws.account import Account
from admin.preflight.aws.needs import needs_of
from admin.preflight.model import ExitCode, Row, exit_code, run
from admin.preflight.table import show
from assembly import Stack, open_assembly
from assembly.synth_cache import assembly_of
from errors import exit_on_error

_WIDTH = 160  # of the table where the output is no terminal


class Cloud(StrEnum):
    """Embedded cloud of a preflight without an account or a project."""

    AWS = "aws"
    GCP = "gcp"


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(
    epilog=f"Exit code: {'; '.join(f'{each.value} {each.meaning}' for each in ExitCode)}; 2 a wrong option.",
)
def main(
    env: Annotated[str, typer.Option(help="The environment to deploy.")],
    account: AccountOption = None,
    project: Annotated[
        str | None, typer.Option(help="The environment's project of Google Cloud, instead of an AWS account.")
    ] = None,
    cloud: Annotated[
        Cloud, typer.Option(help="The embedded cloud that is asked where neither account nor project is typed.")
    ] = Cloud.AWS,
) -> None:
    """Ask the account or project for what the next deploy of an environment needs and no template can create.

    It only reads. An answer that does not come, or does not say it, is unknown and never fine.
    """
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    with exit_on_error(ExitCode.UNKNOWN):
        if account is not None and (project is not None or cloud is Cloud.GCP):
            raise PreflightError(
                "ACCOUNT= is of AWS, and PROJECT= and CLOUD=gcp of Google Cloud: type one of them. Nobody was asked."
            )
        of_google = project is not None or cloud is Cloud.GCP
        rows = _gcp(console, env, project) if of_google else _aws(console, env, account)
    show(rows, console)
    raise typer.Exit(exit_code(rows))


def _aws(console: Console, environment: str, account: str | None) -> list[Row]:
    connection = connect(environment, account)
    console.print(f"{connection.place}. Nothing is changed.", highlight=False, soft_wrap=True)
    needs = needs_of(open_assembly(assembly_of(None, "aws")), environment, aws_account(environment))
    _say_stacks(console, needs.stacks)
    with console.status("Asking"):
        return run(aws.checks(needs, Account(connection)))


def _gcp(console: Console, environment: str, project: str | None) -> list[Row]:
    # Without a project that was typed, the embedded Google Cloud is asked or nobody.
    with exit_on_error(NotRunningError.exit_code if project is None else ExitCode.UNKNOWN):
        connection = gcp.connect(environment, project)
    place = f"{connection.name}: project {google_project(environment)}"
    console.print(f"{place}. Nothing is changed.", highlight=False, soft_wrap=True)
    needs = gcp.needs_of(open_assembly(assembly_of(None, "gcp")), environment)
    _say_stacks(console, needs.stacks)
    with console.status("Asking"):
        return run(gcp.checks(needs, gcp.api_of(connection)))


def _say_stacks(console: Console, stacks: Sequence[Stack]) -> None:
    names = ", ".join(f"{stack.name} ({stack.region})" for stack in stacks)
    console.print(f"Stacks: {names}", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    app()
