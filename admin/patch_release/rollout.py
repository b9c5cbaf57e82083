"""Rollout of a release into an environment without a synthesis: same template, another recorded release."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError, WaiterError

from admin import service
from admin.errors import PatchError

# A blue/green shift waits for its tasks, its hooks and its bake time; CloudFormation ends it after three hours.
_TIMEOUT_SECONDS = 3 * 3600
_POLL_SECONDS = 15


class Environment:
    """An environment of one account, with the release that it runs.

    Args:
        name: as in ``environments/``, ``prod``.
        client: makes a client of AWS by the name of a service.
        poll_seconds: between two queries of the deployment.
        unprotected: deploy although a rollback alarm is on.
    """

    def __init__(
        self,
        name: str,
        client: Callable[[str], Any],
        poll_seconds: int = _POLL_SECONDS,
        *,
        unprotected: bool = False,
    ) -> None:
        self._name = name
        self._client = client
        self._poll_seconds = poll_seconds
        self._unprotected = unprotected

    @property
    def release(self) -> str:
        """The tag of the release that the environment runs.

        Raises:
            PatchError: it runs none, another one than is recorded, or is not deployed.
        """
        tag = self._recorded
        if tag == service.NO_RELEASE:
            raise PatchError(f"{self._name} runs no release, so there is nothing to patch")
        running = self._read(self._running)
        if running not in {None, tag}:
            raise PatchError(
                f"{self._parameter} records {tag}, and {running} runs: a deployment was rolled back, or was not made."
                f" Deploy {self._stack}, or record {running} again"
            )
        return tag

    def runs(self, tag: str) -> bool:
        """Return whether the environment runs a release, and records no other.

        Raises:
            PatchError: the environment is not deployed.
        """
        return self._recorded == tag and self._read(self._running) == tag

    @property
    def _recorded(self) -> str:
        tag = self._read(self._parameter)
        if tag is None:
            raise PatchError(f"{self._parameter} is not here: deploy {self._stack} first")
        return tag

    def _read(self, parameter: str) -> str | None:
        ssm = self._client("ssm")
        try:
            return str(ssm.get_parameter(Name=parameter)["Parameter"]["Value"])
        except ssm.exceptions.ParameterNotFound:
            return None

    def roll_out(self, tag: str) -> None:
        """Record a release and deploy it; the record goes back to what runs if the deployment does.

        CloudFormation reads the record again on an update with the same template ("Systems Manager parameter types",
        CloudFormation user guide).

        Raises:
            PatchError: a rollback alarm is on, the deployment did not begin, or was rolled back.
        """
        self._require_protection()
        previous = self._read(self._running) or self._recorded
        self._record(tag)
        try:
            self._update()
        except (ClientError, WaiterError, PatchError) as error:
            self._record(previous)
            raise PatchError(
                f"{self._name} runs {_named(previous)} as before, because {self._stack} was not updated: {error}. "
                f"See aws cloudformation describe-stack-events --stack-name {self._stack}"
            ) from error

    def _require_protection(self) -> None:
        # With one alarm on at the beginning ECS reads none of them ("How CloudWatch alarms detect Amazon ECS deployment
        # failures", Amazon ECS developer guide).
        found = self._client("cloudwatch").describe_alarms(
            AlarmNamePrefix=f"{service.prefix(self._name)}-Deployment-", StateValue="ALARM"
        )
        on = [alarm["AlarmName"] for alarm in found["MetricAlarms"]]
        if on and not self._unprotected:
            raise PatchError(
                f"{', '.join(on)} is on, so ECS would read no rollback alarm during this deployment: end the cause,"
                " or say --unprotected and watch the release yourself; nothing was deployed"
            )

    def _update(self) -> None:
        cloudformation = self._client("cloudformation")
        (stack,) = cloudformation.describe_stacks(StackName=self._stack)["Stacks"]
        cloudformation.update_stack(
            StackName=self._stack,
            UsePreviousTemplate=True,
            Parameters=[
                {"ParameterKey": parameter["ParameterKey"], "UsePreviousValue": True}
                for parameter in stack.get("Parameters", [])
            ],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        )
        waiter = cloudformation.get_waiter("stack_update_complete")
        config = {"Delay": self._poll_seconds, "MaxAttempts": _TIMEOUT_SECONDS // max(self._poll_seconds, 1)}
        waiter.wait(StackName=self._stack, WaiterConfig=config)

    def _record(self, tag: str) -> None:
        self._client("ssm").put_parameter(Name=self._parameter, Value=tag, Type="String", Overwrite=True)

    @property
    def _parameter(self) -> str:
        return service.recorded_parameter(self._name)

    @property
    def _running(self) -> str:
        return service.running_parameter(self._name)

    @property
    def _stack(self) -> str:
        return service.stack(self._name)


def _named(release: str) -> str:
    return "no release" if release == service.NO_RELEASE else release
