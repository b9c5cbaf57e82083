"""Release of an image that the registry has: the record, and an update of the stack with the template that it has.

    python -m admin.release --env prod --tag 0.3.0-2a1ec34 --account 111122223333

Without ``--account`` it is the embedded cloud. Its registry is empty at first, so an image that it lacks is built: of
the application that was deployed with ``make deploy APP=``, or of the reference service.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer

from admin import service
from admin.aws import Aws, Client, aws_errors, connect, embedded_cloud
from admin.confirmation import confirm
from admin.errors import PatchError, ReleaseError
from admin.options import AccountOption, YesOption
from admin.patch_release.images import REPOSITORY, Release
from admin.patch_release.rollout import Environment
from errors import exit_on_error
from local.body import images, programs
from local.body.body import Body

_REGISTRY = re.compile(r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.")


def release(environment: Environment, client: Client, name: str, tag: str, say: Callable[[str], None]) -> bool:
    """Roll out a release, unless it runs already.

    Args:
        environment: where.
        client: makes a client of AWS by the name of a service.
        name: of the environment.
        tag: of the image.
        say: prints a line of progress.

    Returns:
        Whether something had to be done.

    Raises:
        ReleaseError: the registry has no image of the tag.
        ServiceError: the environment is not deployed.
        PatchError: a rollback alarm is on, the deployment did not begin, or was rolled back.
    """
    if environment.runs(tag):
        return False
    if not has_image(name, client, tag):
        raise ReleaseError(
            f"TAG={tag}: {REPOSITORY} of the registry has no image of this tag. Build it first, step 7 of "
            "docs/deploy/aws.md; nothing was deployed"
        )
    say(f"Rolling out {tag}")
    environment.roll_out(tag)
    return True


def has_image(environment: str, client: Client, tag: str) -> bool:
    """Return whether the registry that an environment's task definition names has an image.

    Raises:
        ServiceError: the environment is not deployed.
    """
    image = service.container_of(service.definition(environment, client))["image"]
    registry = _REGISTRY.match(image)
    if registry is None:
        raise ReleaseError(f"{image} of the task definition is of no registry of AWS: nothing was deployed")
    ecr = client("ecr", region_name=registry["region"])
    try:
        found = ecr.describe_images(
            registryId=registry["account"], repositoryName=REPOSITORY, imageIds=[{"imageTag": tag}]
        )
    except ecr.exceptions.ImageNotFoundException:
        return False
    # The embedded registry answers with nothing instead of the error.
    return bool(found["imageDetails"])


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
    if has_image(environment, aws.client, tag):
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
def _alone(aws: Aws, command: str) -> Iterator[None]:
    """Keep other commands from the embedded cloud while the block runs, and save its state afterwards.

    Raises:
        EmbeddedCloudError: another command is at work on it.
    """
    if not aws.embedded:
        yield
        return
    cloud = embedded_cloud()
    with cloud.lock(command):
        try:
            yield
        finally:
            cloud.save()


def _problems() -> Sequence[str]:
    """Return what keeps the embedded cloud from serving what is deployed."""
    status = Body(embedded_cloud()).status()
    return status.problems if status else ()


def main(
    env: Annotated[str, typer.Option(help="The environment that runs the release.")],
    tag: Annotated[str, typer.Option(help="Tag of the image, <version>-<commit>.")],
    account: AccountOption = None,
    *,
    unprotected: Annotated[bool, typer.Option("--unprotected", help="Deploy although a rollback alarm is on.")] = False,
    yes: YesOption = False,
) -> None:
    """Record a release and deploy it; wait until it runs, or until the one before does again.

    On the embedded cloud: --env prod --tag 0.3.0-2a1ec34. On AWS: with --account <12 digits>, which must be the account
    of environments/prod.yaml and of your credentials.
    """
    with exit_on_error():
        Release.read(tag)
        aws = connect(env, account)
        if not aws.embedded:
            confirm(aws.place, f"Release {tag} to {env}", yes=yes)
        next_steps = {"ValidationError": f"{service.stack(env)} is not there, or is being changed: deploy it first"}
        with aws_errors(next_steps), _alone(aws, f"make release ENV={env}"):
            if aws.embedded:
                build_embedded(aws, env, tag, typer.echo)
            environment = Environment(env, aws.client, poll_seconds=1 if aws.embedded else 15, unprotected=unprotected)
            try:
                done = release(environment, aws.client, env, tag, typer.echo)
            except PatchError as error:
                raise ReleaseError("\n".join([str(error), *(_problems() if aws.embedded else ())])) from error
    typer.echo(f"{env} runs {tag}." if done else f"{aws.place}\n{env} runs {tag} already: nothing was done.")


if __name__ == "__main__":
    typer.run(main)
