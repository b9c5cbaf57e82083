"""Rollout of a release into an environment without a synthesis: same template, another recorded release."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from operations.release import names
from operations.release.deployments import SUCCESSFUL, Deployment, Deployments
from operations.release.errors import RolloutError
from operations.release.stacks import Client

# A blue/green shift waits for its tasks, its hooks and its bake time; CloudFormation ends it after three hours.
_TIMEOUT_SECONDS = 3 * 3600
_POLL_SECONDS = 15


class Environment:
    """An environment of one account, with the release that it runs.

    Attributes:
        name: as in ``environments/``, ``prod``.
        client: makes a client of AWS by the name of a service.
        deployments: of its service.

    Args:
        poll_seconds: between two queries of the deployment.
        urgent: why a release may be deployed although a rollback alarm is on; empty where it may not.
        up_minutes: how long a deployment waits for its new tasks before it is stopped; None for as long as ECS does.
        say: prints a line of progress.
    """

    def __init__(
        self,
        name: str,
        client: Client,
        poll_seconds: float = _POLL_SECONDS,
        *,
        urgent: str = "",
        up_minutes: float | None = None,
        say: Callable[[str], None] = print,
    ) -> None:
        self.name = name
        self.client = client
        self.deployments = Deployments(client, name)
        self._poll_seconds = poll_seconds
        self._urgent = urgent
        self._up_minutes = up_minutes
        self._say = say

    @property
    def release(self) -> str:
        """The tag of the release that the environment runs.

        Raises:
            RolloutError: it runs none, another one than is recorded, or is not deployed.
        """
        tag = self.recorded
        if tag == names.NO_RELEASE:
            raise RolloutError(f"{self.name} runs no release, so there is nothing to patch")
        running = self._read(self._running)
        if running not in {None, tag}:
            raise RolloutError(
                f"{self._parameter} records {tag}, and {running} runs: a deployment was rolled back, or was not made."
                f" Deploy {self.stack}, or record {running} again"
            )
        return tag

    def runs(self, tag: str) -> bool:
        """Return whether the environment runs a release, and records no other.

        Raises:
            RolloutError: the environment is not deployed.
        """
        return self.recorded == tag == self._read(self._running)

    @property
    def recorded(self) -> str:
        """The release that the next deploy brings.

        Raises:
            RolloutError: the environment is not deployed.
        """
        tag = self._read(self._parameter)
        if tag is None:
            raise RolloutError(f"{self._parameter} is not here: deploy {self.stack} first")
        return tag

    @property
    def running(self) -> str:
        """The release of the last deployment that succeeded; ``none`` where none has."""
        return self._read(self._running) or names.NO_RELEASE

    @property
    def stack(self) -> str:
        """The name of the stack that deploys the service."""
        return names.stack(self.name)

    def past(self) -> Sequence[str]:
        """Return the releases of all deployments that succeeded, the last one at the end.

        Parameter Store keeps the last 100 values ("Working with parameter versions", Systems Manager user guide).
        """
        pages = self.client("ssm").get_paginator("get_parameter_history").paginate(Name=self._running)
        found = [(each["Version"], str(each["Value"])) for page in pages for each in page["Parameters"]]
        return [value for _, value in sorted(found)]

    def _read(self, parameter: str) -> str | None:
        found = self._get(parameter)
        return None if found is None else str(found["Value"])

    def _get(self, parameter: str) -> Mapping[str, Any] | None:
        ssm = self.client("ssm")
        try:
            return dict(ssm.get_parameter(Name=parameter)["Parameter"])
        except ssm.exceptions.ParameterNotFound:
            return None

    def roll_out(self, tag: str) -> None:
        """Record a release and deploy it; the record goes back to what runs if the deployment does.

        CloudFormation reads the record again on an update with the same template ("Systems Manager parameter types",
        CloudFormation user guide).

        Raises:
            RolloutError: a deployment is under way, a rollback alarm is on, the deployment did not begin, or was rolled
                back.
        """
        self._require_no_other()
        self._require_protection()
        previous = self._read(self._running) or self.recorded
        if self._urgent:
            self._write(names.urgent_parameter(self.name), f"{tag} {self._urgent}")
        self.record(tag)
        try:
            self.update(tag)
        except (ClientError, RolloutError) as error:
            self.record(previous)
            raise RolloutError(
                f"{self.name} runs {_named(previous)} as before, because {self.stack} was not updated: {error}. "
                f"See aws cloudformation describe-stack-events --stack-name {self.stack}"
            ) from error

    def _require_no_other(self) -> None:
        if other := self.deployments.underway():
            raise RolloutError(
                f"a deployment of {_named(other.release)} is under way ({other.words}): wait for its end, or go back"
                f" with make rollback ENV={self.name}; nothing was deployed"
            )

    def _require_protection(self) -> None:
        # With one alarm on at the beginning ECS reads none of them ("How CloudWatch alarms detect Amazon ECS deployment
        # failures", Amazon ECS developer guide).
        found = self.client("cloudwatch").describe_alarms(
            AlarmNamePrefix=f"{names.prefix(self.name)}-Deployment-", StateValue="ALARM"
        )
        on = [alarm["AlarmName"] for alarm in found["MetricAlarms"]]
        if on and not self._urgent:
            raise RolloutError(
                f"{', '.join(on)} is on, so ECS would read no rollback alarm during this deployment: end the cause, or"
                " release with a reason (URGENT=) what repairs it, and watch the release yourself; nothing was deployed"
            )

    def update(self, tag: str) -> None:
        """Deploy what is recorded, and wait until that runs, or until it has gone back.

        Raises:
            RolloutError: it went back.
        """
        cloudformation = self.client("cloudformation")
        (stack,) = cloudformation.describe_stacks(StackName=self.stack)["Stacks"]
        before, refusal = self.deployments.newest(), self._get(names.refusal_parameter(self.name))
        cloudformation.update_stack(
            StackName=self.stack,
            UsePreviousTemplate=True,
            Parameters=[
                {"ParameterKey": parameter["ParameterKey"], "UsePreviousValue": True}
                for parameter in stack.get("Parameters", [])
            ],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        )
        status = self.wait_for_stack(self._stop_if_late)
        if status != "UPDATE_COMPLETE":
            raise RolloutError(self._why(tag, status, before, refusal))

    def _why(self, tag: str, status: str, before: Deployment | None, refusal: Mapping[str, Any] | None) -> str:
        """Return the state of the stack, and what the checks or ECS say of a deployment that failed."""
        said = self._get(names.refusal_parameter(self.name))
        if said and said != refusal and str(said["Value"]).startswith(f"{tag} "):
            return f"{status}; it was refused: {str(said['Value']).partition(' ')[2]}"
        last = self.deployments.newest()
        if last and last.status != SUCCESSFUL and (before is None or last.arn != before.arn):
            return f"{status}; its deployment is {last.status}: {last.reason.rstrip('.') or 'ECS names no reason'}"
        return status

    def wait_for_stack(self, between: Callable[[], None] = lambda: None) -> str:
        """Wait until the stack's change has ended, and return the status that it has then.

        Args:
            between: called after each check.

        Raises:
            RolloutError: it takes longer than CloudFormation allows.
        """
        cloudformation = self.client("cloudformation")

        def ended() -> str:
            (stack,) = cloudformation.describe_stacks(StackName=self.stack)["Stacks"]
            status = str(stack["StackStatus"])
            if not status.endswith("_IN_PROGRESS"):
                return status
            between()
            return ""

        return str(self.wait(ended, f"{self.stack} is being changed for {_TIMEOUT_SECONDS // 3600} hours"))

    def wait(self, check: Callable[[], Any], what: str, seconds: float = _TIMEOUT_SECONDS) -> Any:
        """Poll again and again until there is something, and return it.

        Args:
            check: returns what is waited for, and something false before.
            what: the error where it never comes.
            seconds: how long to wait.

        Raises:
            RolloutError: it takes too long.
        """
        deadline = time.monotonic() + seconds
        while not (found := check()):
            if time.monotonic() >= deadline:
                raise RolloutError(what)
            time.sleep(self._poll_seconds)
        return found

    def _stop_if_late(self) -> None:
        if self._up_minutes is None or not (deployment := self.deployments.underway()):
            return
        if not deployment.up and not deployment.rolls_back and self._is_late(deployment):
            self._say(f"The new tasks are not up after {self._up_minutes:g} minutes: the deployment is rolled back")
            self.deployments.stop(deployment)

    def _is_late(self, deployment: Deployment) -> bool:
        return datetime.now(UTC) - deployment.began > timedelta(minutes=self._up_minutes or 0)

    def record(self, tag: str) -> None:
        """Record a release for the next deploy."""
        self._write(self._parameter, tag)

    def _write(self, parameter: str, value: str) -> None:
        self.client("ssm").put_parameter(Name=parameter, Value=value, Type="String", Overwrite=True)

    @property
    def _parameter(self) -> str:
        return names.recorded_parameter(self.name)

    @property
    def _running(self) -> str:
        return names.running_parameter(self.name)


def _named(release: str) -> str:
    return release if release not in {"", names.NO_RELEASE} else "no release"
