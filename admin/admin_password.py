"""Administrator's password of an environment: stores an argon2 hash of it, and nothing else (AWS-10, GCP-10).

    python -m admin.admin_password --env prod --account 111122223333

That is AWS; without ``--account`` it is the embedded cloud. For Google Cloud it prints the hash, and gcloud stores it:

    python -m admin.admin_password --print-hash |
      gcloud secrets versions add admin-password-hash --project=<project> --data-file=-
    kubectl --namespace goodies rollout restart deployment/funkygibbon

It asks for the password twice and never shows it. The password is no argument, because a shell remembers those.
"""

import sys
from getpass import getpass
from typing import Annotated

import typer

from admin.aws import Aws, aws_errors, connect
from admin.confirmation import confirm
from admin.errors import PasswordError
from admin.options import AccountOption, YesOption
from errors import exit_on_error
from password_hash import HASHER

MIN_LENGTH = 12


def read_password(*, piped: bool) -> str:
    """Return the password, typed twice without echo, or the first line of standard input.

    Raises:
        PasswordError: it is too short, the two differ, or there is no terminal to ask in.
    """
    if piped:
        password = sys.stdin.readline().rstrip("\n")
    elif not sys.stdin.isatty():
        raise PasswordError(
            "this is no terminal: run it in one, or pipe the password into python -m admin.admin_password, with --stdin"
        )
    else:
        password = getpass("New administrator password: ")
        if getpass("Once more: ") != password:
            raise PasswordError("the two differ: nothing was changed, try again")
    if len(password) < MIN_LENGTH:
        raise PasswordError(f"the password is too short: take {MIN_LENGTH} characters or more")
    return password


def store(aws: Aws, secret: str, value: str) -> None:
    """Make this the secret's current value.

    Raises:
        AwsError: AWS does not take it.
    """
    next_steps = {
        "ResourceNotFoundException": f"there is no secret {secret}: deploy the environment first",
        "AccessDeniedException": f"you may not write {secret}: ask for secretsmanager:PutSecretValue and its key",
    }
    with aws_errors(next_steps):
        aws.client("secretsmanager").put_secret_value(SecretId=secret, SecretString=value)


def main(
    env: Annotated[str | None, typer.Option(help="The environment: its secret gets the hash.")] = None,
    account: AccountOption = None,
    stdin: Annotated[bool, typer.Option("--stdin", help="Read the password from a pipe.")] = False,
    print_hash: Annotated[
        bool, typer.Option("--print-hash", help="Store nothing; print the hash, for gcloud to store.")
    ] = False,
    yes: YesOption = False,
) -> None:
    """Ask for the administrator's password of an environment, and store its hash.

    On the embedded cloud: --env prod. On AWS: --env prod --account <12 digits>, which must be the account of
    environments/prod.yaml and of your credentials. On Google Cloud: --print-hash, into gcloud secrets versions add.
    """
    if print_hash == bool(env):
        typer.echo("admin-password: say --env for AWS, or --print-hash for another cloud.", err=True)
        raise typer.Exit(2)
    with exit_on_error():
        if env is None:
            typer.echo(HASHER.hash(read_password(piped=stdin)), nl=False)
            return
        secret = f"goodies/{env}/admin-password-hash"
        aws = connect(env, account)
        if not aws.embedded:
            confirm(aws.place, f"Give {secret} the hash of a new password", yes=yes)
        store(aws, secret, HASHER.hash(read_password(piped=stdin)))
    typer.echo(f"{aws.place}\nStored the hash in {secret}. Running tasks read it when they start. To restart them now:")
    if aws.embedded:
        typer.echo('  eval "$(python -m local env)"')
    typer.echo(f"  aws ecs update-service --cluster goodies-{env} --service funkygibbon --force-new-deployment")


if __name__ == "__main__":
    typer.run(main)
