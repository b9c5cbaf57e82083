"""Rollback of an environment: says what it does and what may be lost, asks a person, and calls ``operations.release``.

    python -m admin.rollback --env prod --account 111122223333

Without ``--account`` it is the embedded cloud.
"""

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import Annotated

import typer

from admin.aws import Aws, aws_errors, connect, embedded_cloud
from admin.confirmation import confirm
from admin.errors import rollout_errors
from admin.options import AccountOption, YesOption
from admin.release import alone, environment_of, next_steps
from errors import exit_on_error
from local.body.body import Body
from operations.release import rollback
from operations.release.environment import Environment

_REASON = "rollback"


def _url(aws: Aws, environment: Environment) -> str:
    """Return the address of the service for users; on the embedded cloud the one that its body serves."""
    url = rollback.url_of(environment)
    if not aws.embedded:
        return url
    status = Body(embedded_cloud()).status()
    return status.urls.get(url.removeprefix("https://"), "") if status else ""


def main(
    env: Annotated[str, typer.Option(help="The environment that goes back.")],
    to: Annotated[str, typer.Option(help="Tag of the release that shall run; the one that ran before.")] = "",
    account: AccountOption = None,
    *,
    yes: YesOption = False,
) -> None:
    """Go back to the release that ran before, and check what runs.

    While a deployment is under way it is stopped, and the tasks of before have all requests again. After it the release
    before is deployed anew. On AWS: with --account <12 digits>.
    """
    with exit_on_error():
        aws = connect(env, account)
        environment = environment_of(aws, env, _REASON)
        with aws_errors(next_steps(env)), rollout_errors():
            found = rollback.find(environment, to)
            print(*rollback.describe(environment, found), sep="\n", file=sys.stderr)
        if not aws.embedded:
            confirm(aws.place, f"Roll {env} back from {found.leaves} to {found.returns}", yes=yes)
        # A release that is under way keeps the embedded cloud to itself, and saves its state when it ends.
        lock: AbstractContextManager[None] = (
            nullcontext() if found.deployment else alone(aws, f"make rollback ENV={env}")
        )
        with aws_errors(next_steps(env)), lock, rollout_errors():
            rollback.roll_back(environment, found, typer.echo)
            rollback.finish(environment, found, _url(aws, environment), typer.echo)
    typer.echo(f"{env} runs {found.returns}. Next: docs/runbooks/rollback.md, after a rollback.")


if __name__ == "__main__":
    typer.run(main)
