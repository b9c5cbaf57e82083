"""Sets the administrator's password of an environment, and stores nothing of it but an argon2 hash (AWS-10, GCP-10).

    python -m admin.admin_password --env prod

That is AWS. For Google Cloud it prints the hash, and what is made for the purpose stores it:

    python -m admin.admin_password --print-hash |
      gcloud secrets versions add admin-password-hash --project=<project> --data-file=-
    kubectl --namespace goodies rollout restart deployment/funkygibbon

It asks for the password twice and shows it never. The password is no argument, because a shell remembers those.
"""

import sys
from getpass import getpass
from typing import Annotated

import typer
from argon2 import PasswordHasher
from boto3 import client
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

MIN_LENGTH = 12
# As the service hashes: it would call for a new hash at each login if these differed.
HASHER = PasswordHasher(time_cost=2, memory_cost=65536, parallelism=1, hash_len=32, salt_len=16)

_NEXT_STEPS = {
    "ResourceNotFoundException": "there is no secret {secret} here: deploy the environment first, or check --region",
    "AccessDeniedException": "you may not write {secret}: ask for secretsmanager:PutSecretValue and its key",
    "UnrecognizedClientException": "AWS does not know these credentials: sign in again, as with aws sso login",
    "ExpiredTokenException": "these credentials have expired: sign in again, as with aws sso login",
}


class Refused(Exception):
    """One line: what is wrong and what to do next."""


def ask(*, piped: bool) -> str:
    """Return the password, typed twice without echo, or the first line of what is piped in."""
    if piped:
        password = sys.stdin.readline().rstrip("\n")
    elif not sys.stdin.isatty():
        raise Refused("this is no terminal: run it in one, or pipe the password in and say --stdin")
    else:
        password = getpass("New administrator password: ")
        if getpass("Once more: ") != password:
            raise Refused("the two differ: nothing was changed, try again")
    if len(password) < MIN_LENGTH:
        raise Refused(f"the password is too short: take {MIN_LENGTH} characters or more")
    return password


def store(secret: str, value: str, *, region: str | None) -> None:
    """Make this the secret's current value."""
    try:
        client("secretsmanager", region_name=region).put_secret_value(SecretId=secret, SecretString=value)
    except NoCredentialsError as error:
        raise Refused("no AWS credentials: set AWS_PROFILE or sign in with aws sso login") from error
    except NoRegionError as error:
        raise Refused("no AWS region: set AWS_REGION or say --region") from error
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise Refused(_NEXT_STEPS.get(code, "AWS refused {secret}: " + code).format(secret=secret)) from error
    except BotoCoreError as error:
        raise Refused(f"AWS cannot be reached: {error}") from error


def main(
    env: Annotated[str | None, typer.Option(help="The environment on AWS: prod, staging or dev.")] = None,
    region: Annotated[str | None, typer.Option(help="Where the secret is, if not in your AWS settings.")] = None,
    stdin: Annotated[bool, typer.Option("--stdin", help="Read the password from a pipe.")] = False,
    print_hash: Annotated[
        bool, typer.Option("--print-hash", help="Store nothing; print the hash, for a pipe.")
    ] = False,
) -> None:
    """Ask for the administrator's password of an environment and store its hash."""
    if print_hash == bool(env):
        typer.echo("admin-password: say --env for AWS, or --print-hash for another cloud.", err=True)
        raise typer.Exit(2)
    secret = f"goodies/{env}/admin-password-hash"
    try:
        if print_hash:
            typer.echo(HASHER.hash(ask(piped=stdin)), nl=False)
            return
        store(secret, HASHER.hash(ask(piped=stdin)), region=region)
    except Refused as error:
        typer.echo(f"admin-password: {error}.", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"Stored the hash in {secret}. Running tasks read it when they start. To restart them now:")
    typer.echo(f"  aws ecs update-service --cluster goodies-{env} --service funkygibbon --force-new-deployment")


if __name__ == "__main__":
    typer.run(main)
