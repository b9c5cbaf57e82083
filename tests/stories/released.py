"""An environment of the stories: releases of the reference service, each of which behaves as its image says."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any

from typer.testing import Result

from admin import release
from environments import Environment, load
from local.body.images import REPOSITORY, Registry, build
from local.body.programs import reference_service
from local.cloud import EmbeddedCloud
from local.reference_service.behaviour import Behaviour
from operations.release import names
from tests.deployed.conftest import PRIMARY
from tests.deployed.mailbox import Mailbox
from tests.deployed.served import Served
from tests.stories.load import ENTITIES, Load
from tests.stories.story import Story

CLOCK = 12
FIRST = Behaviour()
# A task works on so many requests at the same time, whatever this machine can do, and on each as it asks.
SECOND = Behaviour(name="second", capacity=100, works_as_requested=True)
# Requests a second by day: of so many CloudWatch judges the slowest, and of fewer the typical one.
DAY = 10.0
PER_SECOND = 5.0
_MINUTE = 60
_TEAM, _ON_CALL = "-Foundation-NotificationsTeam", "-Foundation-NotificationsOnCall"
_POLL_SECONDS = 0.5
_CALM_SECONDS = 5
_ANSWER_SECONDS = 60
_UNITS_OF_A_PROCESSOR = 1024


class Released:
    """Environment that answers, and under the load of stories.

    Attributes:
        served: the environment with its body.
        settings: its data.
        cloud: the embedded AWS.
        clock: how many times faster than on AWS its periods pass.
    """

    def __init__(self, served: Served, clock: int) -> None:
        self.served = served
        self.cloud: EmbeddedCloud = served.cloud
        self.clock = clock
        self.settings: Environment = next(each for each in load() if each.name == served.name)
        topics = self.client("sns").list_topics()["Topics"]
        found = [str(each["TopicArn"]) for each in topics]
        self._team, self._on_call = (
            Mailbox(self.cloud, *(each for each in found if f"{names.prefix(served.name)}{name}" in each))
            for name in (_TEAM, _ON_CALL)
        )

    def client(self, service: str) -> Any:
        """Return a client of AWS, in the primary region."""
        return self.cloud.client(service, PRIMARY)

    def build(self, behaviour: Behaviour) -> str:
        """Put a release into the registry where it is not yet; return its tag."""
        application = reference_service(behaviour)
        found = self.client("ecr").describe_images(
            repositoryName=REPOSITORY, imageIds=[{"imageTag": application.release}]
        )
        if not found["imageDetails"]:
            Registry(self.cloud.endpoint, self.cloud.account, PRIMARY).push(application.release, build(application))
        return application.release

    def release(self, behaviour: Behaviour) -> Result:
        """Release as `make release` does; return how that ended."""
        return self.served.administer(release.main, "--tag", self.build(behaviour))

    @contextmanager
    def releasing(self, behaviour: Behaviour) -> Iterator[Future[Result]]:
        """Release beside the block, and wait for the end."""
        with ThreadPoolExecutor(1) as pool:
            yield pool.submit(self.release, behaviour)

    @contextmanager
    def under_load(self, story: Story, *, per_second: float = PER_SECOND) -> Iterator[Load]:
        """Send requests while the block runs, and write into the story what befell them and the environment.

        Args:
            story: of the block.
            per_second: how many requests begin in a second; 0 where nothing answers yet.
        """
        story.environment, story.clock, story.rate = self.settings.name, self.clock, f"{per_second:g}"
        self.until(self._is_calm)
        for box in (self._team, self._on_call):
            box.times(wait=False)  # of before
        began = datetime.now(UTC)
        load = Load(self.served.url, self.served.password, per_second)
        try:
            with load if per_second else nullcontext():
                yield load
                story.over = self.minutes(began, datetime.now(UTC))
        finally:
            story.sent, story.failed, story.wrong = len(load.sent), len(load.failed), len(load.wrong)
            noticed = [each.began for each in load.sent if each.failed or each.wrong or each.slowed]
            if noticed:
                story.noticed = self.minutes(began, datetime.fromtimestamp(min(noticed), UTC))
            self._find_rollback(story, began)
            self._find_alarm(story, began)
            self._find_refusal(story, began)
            self._find_messages(story, began)

    def minutes(self, began: datetime, ended: datetime) -> float:
        """Return how many minutes of the environment's clock have passed."""
        return (ended - began).total_seconds() * self.clock / _MINUTE

    def secret(self, name: str) -> str:
        """Return the ARN of a secret of the data stack."""
        stack = f"{names.prefix(self.settings.name)}-Data"
        pages = self.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
        (found,) = (
            str(each["PhysicalResourceId"])
            for page in pages
            for each in page["StackResourceSummaries"]
            if each["ResourceType"] == "AWS::SecretsManager::Secret" and each["LogicalResourceId"].startswith(name)
        )
        return found

    def entities(self, kind: str) -> Sequence[Mapping[str, Any]]:
        """Return all that is stored of a type."""
        query = {"entity_type": kind, "limit": "100000"}
        answer = self.served.session().get(f"{self.served.url}{ENTITIES}", params=query, timeout=_ANSWER_SECONDS)
        answer.raise_for_status()
        found: list[Mapping[str, Any]] = answer.json()["entities"]
        return found

    def until(self, condition: Callable[[], object]) -> None:
        """Return when a condition holds."""
        while not condition():
            time.sleep(_POLL_SECONDS)

    def lose(self, load: Load, *beginnings: str) -> None:
        """Kill the first process whose name begins so, of each, as a lost machine does; wait for the rest.

        That is replaced, and a client is answered again, as often as it asks in some seconds.
        """
        # What has ended has the pid 0, and that would be whoever asks.
        lost = {next(row.pid for row in self.served.processes(each) if row.pid) for each in beginnings}
        for each in lost:
            os.kill(each, signal.SIGKILL)
        self.until(lambda: not lost & {row.pid for row in self.served.status().processes})
        before = len(load.sent)
        recent = int(_CALM_SECONDS * load.per_second)
        self.until(lambda: len(load.sent) >= before + recent and not any(each.failed for each in load.sent[-recent:]))
        self.settle()

    def deployments(self, since: datetime) -> Sequence[Mapping[str, Any]]:
        """Return the service's deployments that began since then, the first one first."""
        ecs = self.client("ecs")
        listed = ecs.list_service_deployments(
            cluster=self._cluster, service=names.CONTAINER, createdAt={"after": since}
        )["serviceDeployments"]
        arns = [each["serviceDeploymentArn"] for each in reversed(listed)]
        return ecs.describe_service_deployments(serviceDeploymentArns=arns)["serviceDeployments"] if arns else []

    def _find_rollback(self, story: Story, began: datetime) -> None:
        """Write into a story when ECS began to take a deployment back, and why."""
        for deployment in self.deployments(began):
            if found := deployment.get("rollback"):
                story.rolled_back = story.seen = self.minutes(began, found["startedAt"])
                story.by = str(deployment.get("statusReason") or found.get("reason"))

    def _find_alarm(self, story: Story, began: datetime) -> None:
        """Write into a story which rollback alarm went off first."""
        pages = self.client("cloudwatch").get_paginator("describe_alarm_history")
        found = sorted(
            (entry["Timestamp"], entry["AlarmName"])
            for page in pages.paginate(HistoryItemType="StateUpdate", StartDate=began)
            for entry in page["AlarmHistoryItems"]
            if "-Deployment-" in entry["AlarmName"] and entry["HistorySummary"].endswith("to ALARM")
        )
        if found:
            story.seen, story.by = self.minutes(began, found[0][0]), found[0][1]

    def running(self) -> str:
        """Return the tag of the release that the service runs."""
        name = self.service()["taskDefinition"]
        definition = self.client("ecs").describe_task_definition(taskDefinition=name)["taskDefinition"]
        return str(definition["containerDefinitions"][0]["image"]).rpartition(":")[2]

    def reserved(self) -> tuple[float, float]:
        """Return the percents of a processor and the MiB that a task reserves."""
        name = self.service()["taskDefinition"]
        definition = self.client("ecs").describe_task_definition(taskDefinition=name)["taskDefinition"]
        return 100 * int(definition["cpu"]) / _UNITS_OF_A_PROCESSOR, float(definition["memory"])

    @contextmanager
    def bounded(self, most: int) -> Iterator[None]:
        """Let autoscaling go up to another number of tasks meanwhile."""
        scaling = self.client("application-autoscaling")
        scaling.register_scalable_target(**self._scaled, MaxCapacity=most)
        yield
        scaling.register_scalable_target(**self._scaled, MaxCapacity=self.settings.policy.scaling.max_instances)

    def scalings(self, since: datetime) -> Sequence[Mapping[str, Any]]:
        """Return the scaling activities that began since then."""
        answer = self.client("application-autoscaling").describe_scaling_activities(**self._scaled)
        return [each for each in answer["ScalingActivities"] if each["StartTime"] >= since]

    def service(self) -> Mapping[str, Any]:
        """Return the service as ECS describes it."""
        answer = self.client("ecs").describe_services(cluster=self._cluster, services=[names.CONTAINER])
        return dict(answer["services"][0])

    def update(self, **changes: Any) -> None:
        """Update the service as an operator does, and wait for the end of what that deploys."""
        self.client("ecs").update_service(cluster=self._cluster, service=names.CONTAINER, **changes)
        self.settle()

    def settle(self) -> None:
        """Wait until the service runs as many tasks as it shall, and deploys nothing."""
        self.until(self._is_steady)

    def bakes(self) -> bool:
        """Return whether a deployment waits for the end of its bake."""
        return any(each.get("lifecycleStage") == "BAKE_TIME" for each in self._under_way())

    def update_stack(self) -> None:
        """Update the stack of the service with the template that it has."""
        self.client("cloudformation").update_stack(
            StackName=names.stack(self.settings.name), UsePreviousTemplate=True, Capabilities=["CAPABILITY_NAMED_IAM"]
        )

    def _under_way(self) -> Sequence[Mapping[str, Any]]:
        ecs = self.client("ecs")
        listed = ecs.list_service_deployments(
            cluster=self._cluster, service=names.CONTAINER, status=["PENDING", "IN_PROGRESS"]
        )["serviceDeployments"]
        arns = [each["serviceDeploymentArn"] for each in listed]
        return ecs.describe_service_deployments(serviceDeploymentArns=arns)["serviceDeployments"] if arns else []

    def _is_calm(self) -> bool:
        """Return whether no rollback alarm is on any more, which would keep a release from being deployed."""
        prefix = f"{names.prefix(self.settings.name)}-Deployment-"
        answer = self.client("cloudwatch").describe_alarms(AlarmNamePrefix=prefix, StateValue="ALARM")
        return not answer["MetricAlarms"]

    def _is_steady(self) -> bool:
        found = self.service()
        deploys = any(each["rolloutState"] == "IN_PROGRESS" for each in found["deployments"])
        return not deploys and found["runningCount"] == found["desiredCount"]

    def _find_refusal(self, story: Story, began: datetime) -> None:
        """Write into a story what a hook has refused."""
        answer = self.client("ssm").get_parameters(Names=[names.refusal_parameter(self.settings.name)])
        for found in answer["Parameters"]:
            if (when := self.minutes(began, found["LastModifiedDate"])) >= 0:
                story.seen, story.by = when, found["Value"].partition(" ")[2]

    def _find_messages(self, story: Story, began: datetime) -> None:
        """Write into a story when people were mailed first."""
        story.mailed, story.paged = (
            min((each for when in box.times(wait=wait) if (each := self.minutes(began, when)) >= 0), default=None)
            for box, wait in ((self._team, story.rolled_back is not None), (self._on_call, False))
        )

    @property
    def _scaled(self) -> Mapping[str, str]:
        """Address of the service in Application Auto Scaling."""
        resource = f"service/{self._cluster}/{names.CONTAINER}"
        return {"ServiceNamespace": "ecs", "ResourceId": resource, "ScalableDimension": "ecs:service:DesiredCount"}

    @property
    def _cluster(self) -> str:
        return names.cluster(self.settings.name)
