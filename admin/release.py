"""Release of an image that the registry has: asks a person, and calls ``operations.release``.

    python -m admin.release --env prod --tag 0.3.0-2a1ec34 --account 111122223333

Without ``--account`` it is the embedded cloud. Its registry is empty at first, so an image that it lacks is built: of
the application that was deployed with ``make deploy APP=``, or of the reference service.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer

from admin import accounts
from admin.aws import Aws, aws_errors, connect, embedded_cloud
from admin.confirmation import confirm
from admin.errors import ReleaseError, rollout_errors
from admin.options import AccountOption, UrgentOption, YesOption
from errors import exit_on_error
from local.body import images, programs
from local.body.body import Body
from operations.release import names
from operations.release.environment import Environment
from operations.release.images import Release, has_image
from operations.release.release import release


def build_embedded(aws: Aws, environment: str, tag: str, say: Callable[[str], None]) -> None:
    """Build an image in the embedded registry, where that has none of the tag.

    Args:
        aws: the embedded cloud.
        environment: that will run it.
        tag: of the image.
        say: prints a line of progress.

    Raises:
        EmbeddedCloudError: the application does not install.
    """
    if has_image(aws.client, environment, tag):
        return
    cloud = embedded_cloud()
    body = Body(cloud)
    application = programs.find(body.settings().application, body.directory / "applications")
    say(
        f"The embedded registry has no {tag}: it is built of {application.name}, in one layer without a base image,"
        " and runs with this machine's Python"
    )
    images.Registry(cloud.endpoint, aws.account, aws.region).push(tag, images.build(application))


@contextmanager
def alone(aws: Aws, command: str) -> Iterator[None]:
    """Keep other commands from the embedded cloud while the block runs, and save its state afterwards.

    An error of the release names what keeps the embedded cloud from serving, too.

    Raises:
        EmbeddedCloudError: another command is at work on it.
        ReleaseError: what the block raises.
    """
    if not aws.embedded:
        yield
        return
    cloud = embedded_cloud()
    with cloud.lock(command):
        try:
            yield
        except ReleaseError as error:
            raise ReleaseError("\n".join([str(error), *_problems()])) from error
        finally:
            cloud.save()


def environment_of(aws: Aws, name: str, urgent: str) -> Environment:
    """Return an environment to release to, or to roll back.

    Args:
        aws: where it is.
        name: as in ``environments/``.
        urgent: why a release may be deployed although a rollback alarm is on; empty where it may not.
    """
    return Environment(
        name,
        aws.client,
        1 if aws.embedded else 15,
        urgent=urgent,
        up_minutes=accounts.up_minutes(),
        say=typer.echo,
    )


def next_steps(environment: str) -> dict[str, str]:
    """Return by AWS's error code what to do about it."""
    return {"ValidationError": f"{names.stack(environment)} is not there, or is being changed: deploy it first"}


def _problems() -> Sequence[str]:
    """Return what keeps the embedded cloud from serving what is deployed."""
    status = Body(embedded_cloud()).status()
    return status.problems if status else ()


def main(
    env: Annotated[str, typer.Option(help="The environment that runs the release.")],
    tag: Annotated[str, typer.Option(help="Tag of the image, <version>-<commit>.")],
    account: AccountOption = None,
    *,
    urgent: UrgentOption = "",
    yes: YesOption = False,
) -> None:
    """Record a release and deploy it; wait until it runs, or until the one before does again.

    On the embedded cloud: --env prod --tag 0.3.0-2a1ec34. On AWS: with --account <12 digits>, which must be the account
    of environments/prod.yaml and of your credentials.
    """
    with exit_on_error():
        with rollout_errors():
            Release.read(tag)
        aws = connect(env, account)
        if not aws.embedded:
            confirm(aws.place, f"Release {tag} to {env}", yes=yes)
        with aws_errors(next_steps(env)), alone(aws, f"make release ENV={env}"), rollout_errors():
            if aws.embedded:
                build_embedded(aws, env, tag, typer.echo)
            done = release(environment_of(aws, env, urgent), tag, typer.echo)
    typer.echo(f"{env} runs {tag}." if done else f"{aws.place}\n{env} runs {tag} already: nothing was done.")


if __name__ == "__main__":
    typer.run(main)
