"""Release of an image that the registry has: the record, and an update of the stack with the template that it has.

    python -m operations.release.release --env prod --tag 0.3.0-2a1ec34

It works in the account and region of the caller's credentials, and asks nobody: ``make release`` does.
"""

import argparse
import sys
from collections.abc import Callable, Sequence

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from operations.release import names
from operations.release.environment import Environment
from operations.release.errors import RolloutError
from operations.release.images import Release, has_image


def release(environment: Environment, tag: str, say: Callable[[str], None] = print) -> bool:
    """Roll out a release, unless it runs already.

    Args:
        environment: where.
        tag: of the image.
        say: prints a line of progress.

    Returns:
        Whether something had to be done.

    Raises:
        RolloutError: the tag is none of a release, or the registry has no image of it, the environment is not deployed,
            a rollback alarm is on, or the deployment did not begin, or was rolled back.
    """
    Release.read(tag)
    if environment.runs(tag):
        return False
    if not has_image(environment.client, environment.name, tag):
        raise RolloutError(
            f"TAG={tag}: {names.REPOSITORY} of the registry has no image of this tag. Build it first, step 7 of "
            "docs/deploy/aws.md; nothing was deployed"
        )
    say(f"Rolling out {tag}")
    environment.roll_out(tag)
    return True


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that release and rollback have."""
    parser.add_argument("--env", required=True, help="the environment, such as prod")
    parser.add_argument(
        "--up-minutes", type=float, help="minutes after which a deployment without its new tasks is rolled back"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Release an image to the environment that the options name."""
    parser = argparse.ArgumentParser(
        prog="release", description="Record a release and deploy it; wait until it runs, or until the one before does."
    )
    add_options(parser)
    parser.add_argument("--tag", required=True, help="tag of the image, <version>-<commit>")
    parser.add_argument("--urgent", default="", metavar="REASON", help="deploy although a rollback alarm is on")
    options = parser.parse_args(arguments)
    environment = Environment(options.env, boto3.client, urgent=options.urgent, up_minutes=options.up_minutes)
    try:
        done = release(environment, options.tag)
    except (RolloutError, ClientError, BotoCoreError) as error:
        sys.exit(f"release: {error}")
    print(f"{options.env} runs {options.tag}" + ("" if done else " already: nothing was done"))


if __name__ == "__main__":
    main()
