"""State of an environment: the release that runs, since when, its instances, and the alarms that are on.

    python -m admin.status --env prod --account 111122223333

Without ``--account`` it is the embedded cloud. It only reads.
"""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import typer
from rich.console import Console

from admin import accounts
from admin.aws import Client, aws_errors, connect, embedded_cloud
from admin.errors import ServiceError
from admin.options import AccountOption
from errors import exit_on_error
from local.body.body import Body
from local.body.report import show_body
from operations.release import names


def status(environment: str, client: Client, regions: Iterable[str]) -> Iterator[str]:
    """Yield the lines that describe an environment.

    Args:
        environment: as in ``environments/``.
        client: makes a client of AWS by the name of a service, and of a region.
        regions: where the environment has alarms.

    Raises:
        ServiceError: the environment has no service.
    """
    yield f"release    {_release(environment, client)}"
    yield from _instances(environment, client)
    yield from _alarms(environment, client, regions)


def _release(environment: str, client: Client) -> str:
    parameters = [names.recorded_parameter(environment), names.running_parameter(environment)]
    found = {each["Name"]: each for each in client("ssm").get_parameters(Names=parameters)["Parameters"]}
    if len(found) < len(parameters):
        raise ServiceError(f"{environment} records no release: deploy {names.prefix(environment)} first")
    recorded, running = (found[name] for name in parameters)
    if running["Value"] == names.NO_RELEASE:
        since = "none runs" if recorded["Value"] == names.NO_RELEASE else "none has been deployed with success"
    else:
        since = f"{running['Value']}, since {_time(running['LastModifiedDate'])}"
    differs = recorded["Value"] not in {running["Value"], names.NO_RELEASE}
    return since + (f"; {recorded['Value']} is recorded, and not deployed or rolled back" if differs else "")


def _instances(environment: str, client: Client) -> Iterator[str]:
    answer = client("ecs").describe_services(cluster=names.cluster(environment), services=[names.CONTAINER])
    active = [each for each in answer["services"] if each["status"] == "ACTIVE"]
    if not active:
        raise ServiceError(f"{environment} has no service: deploy {names.stack(environment)} first")
    (found,) = active
    pending = f", {found['pendingCount']} start" if found["pendingCount"] else ""
    yield f"instances  {found['runningCount']} of {found['desiredCount']} run{pending}"
    for each in found.get("deployments", []):
        if each.get("rolloutState", "COMPLETED") != "COMPLETED":
            reason = each.get("rolloutStateReason", "")
            yield f"deployment {each['rolloutState']}, since {_time(each['createdAt'])}: {reason}".rstrip(": ")


def _alarms(environment: str, client: Client, regions: Iterable[str]) -> Iterator[str]:
    count = 0
    on: list[tuple[Any, str]] = []
    for region in regions:
        pages = client("cloudwatch", region_name=region).get_paginator("describe_alarms")
        # "Goodies<Name>-" is the beginning of every alarm of the environment, and of none of another.
        # Without types AWS answers with metric alarms alone (DescribeAlarms, API reference).
        kinds = ["MetricAlarm", "CompositeAlarm"]
        for page in pages.paginate(AlarmNamePrefix=f"{names.prefix(environment)}-", AlarmTypes=kinds):
            for alarm in (*page.get("MetricAlarms", []), *page.get("CompositeAlarms", [])):
                count += 1
                if alarm["StateValue"] == "ALARM":
                    on.append((alarm, region))
    yield f"alarms     {len(on)} of {count} are on"
    for alarm, region in sorted(on, key=lambda each: str(each[0]["AlarmName"])):
        since = f", since {_time(alarm['StateUpdatedTimestamp'])}" if "StateUpdatedTimestamp" in alarm else ""
        yield f"           {alarm['AlarmName']} ({region}){since}"


def _time(moment: Any) -> str:
    return f"{moment:%Y-%m-%d %H:%M %Z}".rstrip()


def main(
    env: Annotated[str, typer.Option(help="The environment to describe.")],
    account: AccountOption = None,
) -> None:
    """Say which release an environment runs, since when, how many instances, and which alarms are on."""
    with exit_on_error(), aws_errors({"ClusterNotFoundException": f"{env} has no cluster: deploy its stacks first"}):
        aws = connect(env, account)
        lines = list(status(env, aws.client, accounts.regions()))
    typer.echo("\n".join([aws.place, *lines]))
    if aws.embedded:
        show_body(Body(embedded_cloud()), Console())


if __name__ == "__main__":
    typer.run(main)
