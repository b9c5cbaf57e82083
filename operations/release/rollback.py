"""Rollback of an environment to the release that ran before.

    python -m operations.release.rollback --env prod --yes

While a deployment is under way, ECS gives all requests back to the tasks that it replaces, which still run. After it,
the release before is deployed anew, with the template that is there. Without ``--yes`` it only says what it would do.
``make rollback`` asks a person instead.
"""

import argparse
import sys
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.error import URLError

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from operations.release import names
from operations.release.deployments import ROLLED_BACK, Deployment
from operations.release.environment import Environment
from operations.release.errors import RolloutError
from operations.release.images import Release, has_image, tag_of
from operations.release.release import add_options
from operations.release.stacks import outputs

# Of the managed cache policy CachingDisabled ("Use managed cache policies", Amazon CloudFront developer guide).
_NO_CACHE = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
# A task that is stopped is listed as running until it has drained.
_VERIFY_SECONDS = 300
_HEALTH_PATH = "/health"
_ANSWER_SECONDS = 10


@dataclass(frozen=True)
class Rollback:
    """Effect of a rollback.

    Attributes:
        leaves: tag of the release that goes.
        returns: tag of the release that comes back.
        deployment: the one that is stopped; None where a new one brings the release back.
    """

    leaves: str
    returns: str
    deployment: Deployment | None = None


def release_before(past: Sequence[str]) -> str:
    """Return the release that ran before the last one of a history; empty where there is none.

    A release that was left by going back to an earlier one is none to return to: of 1, 2, 3, 2 the one before is 1.
    """
    line: list[str] = []
    for tag in past:
        if tag in line:
            del line[line.index(tag) + 1 :]
        elif tag != names.NO_RELEASE:
            line.append(tag)
    return line[-2] if len(line) > 1 else ""


def find(environment: Environment, to: str = "") -> Rollback:
    """Return what a rollback would do.

    Args:
        environment: where.
        to: tag of the release that shall run; empty for the one that ran before.

    Raises:
        RolloutError: there is nothing to go back to, or nothing to go back from.
    """
    if to:
        Release.read(to)
    if underway := environment.deployments.underway():
        return _out_of(environment, underway, to)
    running = environment.running
    if running == names.NO_RELEASE:
        raise RolloutError(f"{environment.name} runs no release, so there is nothing to go back from")
    returns = to or release_before(environment.past())
    if not returns:
        raise RolloutError(
            f"{environment.name} runs {running}, and none that ran before it is known: name the release that shall run"
            " (TO=<version>-<commit>); nothing was changed"
        )
    if returns == running == environment.recorded:
        raise RolloutError(f"{environment.name} runs {returns} already; nothing was changed")
    if not has_image(environment.client, environment.name, returns):
        raise RolloutError(f"the registry has no image of {returns} any more: release another; nothing was changed")
    return Rollback(running, returns)


def _out_of(environment: Environment, underway: Deployment, to: str) -> Rollback:
    before = underway.before
    if before in {"", names.NO_RELEASE}:
        raise RolloutError(
            f"{underway.release} is the first release of {environment.name}: there is none to go back to. Release"
            " another when this deployment has ended; nothing was changed"
        )
    if to and to != before:
        raise RolloutError(
            f"a deployment of {underway.release} is under way, and leads back to {before} only: leave TO out, or wait"
            " for its end; nothing was changed"
        )
    return Rollback(underway.release, before, underway)


def describe(environment: Environment, rollback: Rollback) -> Iterator[str]:
    """Yield lines that say what a rollback does, and what may be lost."""
    leaves, returns = rollback.leaves, rollback.returns
    if rollback.deployment:
        yield f"{environment.name}: the deployment of {leaves} is under way ({rollback.deployment.words})."
        yield f"ECS stops it, and gives all requests back to the tasks of {returns}, which still run."
    else:
        yield f"{environment.name} runs {leaves}. {returns} is deployed again, with the checks and bake of any release."
        yield f"A rollback alarm that is on does not keep it back; {leaves} serves until the new tasks do."
    yield f"Stays: all data. Rows that {leaves} wrote, and the tables and columns that it added; nothing is restored."
    yield (
        f"May be lost: what {leaves} alone understands. {returns} may leave out or refuse such values, and overwrites"
        " what it changes itself."
    )
    if not rollback.deployment:
        yield f"Where {returns} cannot use the schema, its migration ends the deployment, and {leaves} goes on."
    yield "Afterwards the CDN fetches its cached files anew. Redis keeps what it holds: no release stores state there."


def roll_back(environment: Environment, rollback: Rollback, say: Callable[[str], None] = print) -> None:
    """Go back, and wait until the release before has all requests.

    Raises:
        RolloutError: ECS did not go back, or the deployment was rolled back itself.
    """
    if rollback.deployment is None:
        say(f"Deploying {rollback.returns}")
        environment.roll_out(rollback.returns)
        return
    if not rollback.deployment.rolls_back:
        say(f"Stopping the deployment of {rollback.leaves}")
        environment.deployments.stop(rollback.deployment)
    arn = rollback.deployment.arn

    def ended() -> Deployment | None:
        found = environment.deployments.read(arn)
        return None if found.underway else found

    found = environment.wait(ended, f"the deployment of {rollback.leaves} does not end")
    if found.status != ROLLED_BACK:
        raise RolloutError(
            f"the deployment of {rollback.leaves} is {found.status}, not {ROLLED_BACK}: {found.reason or 'no reason'}."
            " Run this again, it starts from what runs now"
        )
    # Its deployment has failed for CloudFormation, which goes back to the resources of before.
    say(f"{rollback.returns} has all requests; {environment.stack} goes back as well")
    environment.wait_for_stack()
    environment.record(rollback.returns)


def verify(environment: Environment, tag: str, url: str) -> None:
    """Wait until record, tasks and the service's answer agree on a release.

    Args:
        environment: where.
        tag: of the release.
        url: address of the service for users; empty where it has none.

    Raises:
        RolloutError: they do not.
    """
    found: list[str] = []

    def agree() -> bool:
        found[:] = _differences(environment, tag, url)
        return not found

    try:
        environment.wait(agree, "", _VERIFY_SECONDS)
    except RolloutError:
        raise RolloutError(f"{environment.name} was rolled back to {tag}, but {'; '.join(found)}") from None


def _differences(environment: Environment, tag: str, url: str) -> Iterator[str]:
    if not environment.runs(tag):
        yield f"{environment.recorded} is recorded for the next deploy, and {environment.running} as what runs"
    tags = _running_tags(environment)
    if set(tags) != {tag}:
        yield f"its tasks run {', '.join(sorted(set(tags))) or 'nothing'}"
    if url and (problem := _unhealthy(url)):
        yield problem


def _running_tags(environment: Environment) -> list[str]:
    ecs, cluster = environment.client("ecs"), names.cluster(environment.name)
    # A page has 100 tasks at most, as many as DescribeTasks takes (Amazon ECS API reference).
    pages = ecs.get_paginator("list_tasks").paginate(
        cluster=cluster,
        serviceName=names.CONTAINER,
        desiredStatus="RUNNING",
    )
    return [
        tag_of(task["containers"])
        for page in pages
        if page["taskArns"]
        for task in ecs.describe_tasks(cluster=cluster, tasks=page["taskArns"])["tasks"]
    ]


def _unhealthy(url: str) -> str:
    try:
        with urllib.request.urlopen(f"{url}{_HEALTH_PATH}", timeout=_ANSWER_SECONDS):  # noqa: S310 - of the stack's output
            return ""
    except (URLError, OSError) as error:
        return f"{url}{_HEALTH_PATH} does not answer: {error}"


def invalidate(environment: Environment) -> str:
    """Let the CDN fetch anew what it keeps; return the id of that, which nobody has to wait for.

    Only paths with a cache are named: answers of the API and errors are kept nowhere.
    """
    stack = names.edge_stack(environment.name)
    distribution = outputs(environment.client, stack, "Distribution", region=names.EDGE_REGION)["Distribution"]
    cloudfront = environment.client("cloudfront")
    config = cloudfront.get_distribution_config(Id=distribution)["DistributionConfig"]
    behaviors = config.get("CacheBehaviors", {}).get("Items", [])
    paths = [each["PathPattern"] for each in behaviors if each.get("CachePolicyId") != _NO_CACHE]
    if not paths:
        return ""
    batch = {
        "Paths": {"Quantity": len(paths), "Items": [path if path.startswith("/") else f"/{path}" for path in paths]},
        "CallerReference": f"rollback-{datetime.now(UTC):%Y%m%dT%H%M%S%f}",
    }
    made = cloudfront.create_invalidation(DistributionId=distribution, InvalidationBatch=batch)
    return str(made["Invalidation"]["Id"])


def notify(environment: Environment, rollback: Rollback, outcome: str) -> None:
    """Tell the team what was rolled back, by whom, and whether it runs."""
    topic = outputs(environment.client, environment.stack, "TeamTopic")["TeamTopic"]
    caller = environment.client("sts").get_caller_identity()["Arn"]
    environment.client("sns").publish(
        TopicArn=topic,
        Subject=f"{environment.name} was rolled back to {rollback.returns}"[:100],
        Message=f"{caller} rolled {environment.name} back from {rollback.leaves} to {rollback.returns}. {outcome}",
    )


def url_of(environment: Environment) -> str:
    """Return the address of the environment for users."""
    return outputs(environment.client, names.edge_stack(environment.name), "Url", region=names.EDGE_REGION)["Url"]


def finish(environment: Environment, rollback: Rollback, url: str, say: Callable[[str], None] = print) -> None:
    """Do what follows a rollback: cached files, the team, and whether all agree.

    The release is back by then: a CDN or a topic that refuses is named, and no error.

    Raises:
        RolloutError: what runs, what is recorded and what the service answers differ.
    """
    try:
        if made := invalidate(environment):
            say(f"The CDN fetches its cached files anew: invalidation {made}")
    except ClientError as error:
        say(f"The CDN keeps its cached files: {error}")
    problem = None
    try:
        verify(environment, rollback.returns, url)
    except RolloutError as error:
        problem = error
    try:
        notify(environment, rollback, str(problem or "Records and tasks agree, and the service answers."))
    except ClientError as error:
        say(f"The team was not notified: {error}")
    if problem:
        raise problem


def main(arguments: Sequence[str] | None = None) -> None:
    """Roll back the environment that the options name."""
    parser = argparse.ArgumentParser(
        prog="rollback", description="Go back to the release that ran before: the bake's way, or a new deployment."
    )
    add_options(parser)
    parser.add_argument("--to", default="", metavar="TAG", help="the release that shall run (the one that ran before)")
    parser.add_argument("--url", help="address of the service for users (that of the Edge stack)")
    parser.add_argument("--yes", action="store_true", help="do it; without, only say what would be done")
    options = parser.parse_args(arguments)
    environment = Environment(options.env, boto3.client, urgent="rollback", up_minutes=options.up_minutes)
    try:
        rollback = find(environment, options.to)
        print(*describe(environment, rollback), sep="\n")
        if options.yes:
            roll_back(environment, rollback)
            finish(environment, rollback, url_of(environment) if options.url is None else options.url)
            print(f"{options.env} runs {rollback.returns}")
    except (RolloutError, ClientError, BotoCoreError) as error:
        sys.exit(f"rollback: {error}")


if __name__ == "__main__":
    main()
