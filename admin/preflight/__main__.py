"""``python -m admin.preflight --env NAME``, with an account or a project: asks what a deploy needs; changes nothing."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console

from admin.accounts import aws_account
from admin.aws import connect
from admin.clouds import choose, part
from admin.connections import CloudConnection
from admin.errors import NotRunningError, PreflightError
from admin.options import AccountOption
from admin.preflight import aws
from admin.preflight.aws.account import Account
from admin.preflight.aws.needs import needs_of
from admin.preflight.model import ExitCode, Row, exit_code, run
from admin.preflight.table import show
from assembly import Stack, open_assembly
from assembly.synth_cache import assembly_of
from errors import exit_on_error

_AWS = "aws"
_WIDTH = 160  # of the table where the output is no terminal


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
    subscription: Annotated[str | None, typer.Option(help="The environment's subscription, likewise.")] = None,
    cloud: Annotated[str, typer.Option(help="The embedded cloud that is asked where no account is typed.")] = "",
) -> None:
    """Ask the account or project for what the next deploy of an environment needs and no template can create.

    It only reads. An answer that does not come, or does not say it, is unknown and never fine.
    """
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    with exit_on_error(ExitCode.UNKNOWN):
        typed = {"project": project, "subscription": subscription}
        of_terraform = cloud not in ("", _AWS) or any(each is not None for each in typed.values())
        if account is not None and of_terraform:
            raise PreflightError(
                "ACCOUNT= is of AWS, and each other account of another cloud: type one of them. Nobody was asked."
            )
        rows = _terraform(console, env, *choose(cloud, typed)) if of_terraform else _aws(console, env, account)
    show(rows, console)
    raise typer.Exit(exit_code(rows))


def _aws(console: Console, environment: str, account: str | None) -> list[Row]:
    connection = connect(environment, account)
    console.print(f"{connection.place}. Nothing is changed.", highlight=False, soft_wrap=True)
    needs = needs_of(open_assembly(assembly_of(None, "aws")), environment, aws_account(environment))
    _say_stacks(console, needs.stacks)
    with console.status("Asking"):
        return run(aws.checks(needs, Account(connection)))


def _terraform(console: Console, environment: str, cloud: str, account: str | None) -> list[Row]:
    preflight = part("admin.preflight", cloud)
    # Without an account that was typed, the embedded cloud is asked or nobody.
    with exit_on_error(NotRunningError.exit_code if account is None else ExitCode.UNKNOWN):
        connection: CloudConnection = preflight.connect(environment, account)
    place = f"{connection.name}: {connection.word} {preflight.account_of(environment)}"
    console.print(f"{place}. Nothing is changed.", highlight=False, soft_wrap=True)
    needs = preflight.needs_of(open_assembly(assembly_of(None, cloud)), environment)
    _say_stacks(console, needs.stacks)
    with console.status("Asking"):
        return run(preflight.checks(needs, preflight.api_of(connection)))


def _say_stacks(console: Console, stacks: Sequence[Stack]) -> None:
    names = ", ".join(f"{stack.name} ({stack.region or stack.account})" for stack in stacks)
    console.print(f"Stacks: {names}", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    app()
