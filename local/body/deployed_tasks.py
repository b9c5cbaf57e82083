"""Tasks, services and task definitions of ECS as they are deployed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.body.deployed import Deployed, Place

# DescribeTasks and DescribeServices take no more at once (Amazon ECS API reference).
_TASKS = 100
_SERVICES = 10


@dataclass(frozen=True, kw_only=True)
class DeployedTask:
    """A task that is to run.

    Attributes:
        place: where it is.
        arn: of it.
        cluster: name of its cluster.
        group: ``service:<name>`` of a service's task.
        status: last one that is known to the cloud.
        definition: ARN of its task definition.
        overrides: of the definition's containers, by their names.
        target_groups: ARNs of those that it is a target of.
    """

    place: Place
    arn: str
    cluster: str
    group: str
    status: str
    definition: str
    overrides: Mapping[str, Mapping[str, Any]]
    target_groups: Sequence[str]

    @property
    def id(self) -> str:
        """Last part of its ARN."""
        return self.arn.rpartition("/")[2]

    @property
    def service(self) -> str:
        """Name of the service that it is of; empty of a task that was started alone."""
        kind, _, name = self.group.partition(":")
        return name if kind == "service" else ""


@dataclass(frozen=True, kw_only=True)
class DeployedService:
    """A service.

    Attributes:
        place: where it is.
        cluster: name of its cluster.
        name: of it.
        desired: number of tasks that it shall have.
        least: number of tasks that its autoscaling never goes below; 0 without one.
        target_groups: ARNs of all that its tasks can be targets of.
    """

    place: Place
    cluster: str
    name: str
    desired: int
    least: int
    target_groups: Sequence[str]


class TaskReader:
    """Reads what is deployed to ECS; keeps task definitions and service revisions, which never change.

    Args:
        deployed: access to the cloud.
    """

    def __init__(self, deployed: Deployed) -> None:
        self._deployed = deployed
        self._definitions: dict[str, Mapping[str, Any]] = {}
        self._revisions: dict[str, Sequence[str]] = {}

    def read(self) -> tuple[Sequence[DeployedTask], Sequence[DeployedService]]:
        """Return the tasks that are to run, and the services."""
        tasks: list[DeployedTask] = []
        services: list[DeployedService] = []
        for place in self._deployed.places:
            ecs = self._deployed.client("ecs", place)
            for cluster in ecs.list_clusters()["clusterArns"]:
                tasks += self._tasks(ecs, place, cluster)
                services += self._services(ecs, place, cluster)
        return tasks, services

    def definition(self, place: Place, arn: str) -> Mapping[str, Any]:
        """Return a task definition as ECS describes it."""
        if arn not in self._definitions:
            answer = self._deployed.client("ecs", place).describe_task_definition(taskDefinition=arn)
            self._definitions[arn] = answer["taskDefinition"]
        return self._definitions[arn]

    def deregistration_seconds(self, place: Place, target_group: str) -> float:
        """Return how long requests to a target that is taken out may go on."""
        answer = self._deployed.client("elbv2", place).describe_target_group_attributes(TargetGroupArn=target_group)
        found = {each["Key"]: each["Value"] for each in answer["Attributes"]}
        return float(found.get("deregistration_delay.timeout_seconds", 0))

    def _services(self, ecs: Any, place: Place, cluster: str) -> Iterator[DeployedService]:
        arns = ecs.list_services(cluster=cluster)["serviceArns"]
        for start in range(0, len(arns), _SERVICES):
            answer = ecs.describe_services(cluster=cluster, services=arns[start : start + _SERVICES])
            for found in answer["services"]:
                name = cluster.rpartition("/")[2]
                yield DeployedService(
                    place=place,
                    cluster=name,
                    name=found["serviceName"],
                    desired=found["desiredCount"],
                    least=self._least(place, f"service/{name}/{found['serviceName']}"),
                    target_groups=[group for each in found.get("loadBalancers", []) for group in _target_groups(each)],
                )

    def _least(self, place: Place, resource: str) -> int:
        client = self._deployed.client("application-autoscaling", place)
        answer = client.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[resource])
        return max((int(target["MinCapacity"]) for target in answer["ScalableTargets"]), default=0)

    def _tasks(self, ecs: Any, place: Place, cluster: str) -> Iterator[DeployedTask]:
        arns = [arn for page in ecs.get_paginator("list_tasks").paginate(cluster=cluster) for arn in page["taskArns"]]
        for start in range(0, len(arns), _TASKS):
            for found in ecs.describe_tasks(cluster=cluster, tasks=arns[start : start + _TASKS])["tasks"]:
                name = cluster.rpartition("/")[2]
                yield DeployedTask(
                    place=place,
                    arn=found["taskArn"],
                    cluster=name,
                    group=found.get("group", ""),
                    status=found["lastStatus"],
                    definition=found["taskDefinitionArn"],
                    overrides={each["name"]: each for each in found.get("overrides", {}).get("containerOverrides", [])},
                    target_groups=self._targeted(ecs, place, name, found),
                )

    def _targeted(self, ecs: Any, place: Place, cluster: str, task: Mapping[str, Any]) -> Sequence[str]:
        """Return the target groups of a task: those that its service revision was resolved to."""
        kind, _, service = task.get("group", "").partition(":")
        # "If a task is started by a service, this is the deployment ID of the service" (Task, Amazon ECS API); the
        # revision has the same number.
        started, _, number = task.get("startedBy", "").partition("/")
        if kind != "service" or started != "ecs-svc":
            return ()
        arn = f"arn:aws:ecs:{place.region}:{place.account}:service-revision/{cluster}/{service}/{number}"
        if arn not in self._revisions:
            answer = ecs.describe_service_revisions(serviceRevisionArns=[arn])["serviceRevisions"]
            balancers = [each for found in answer for each in found["resolvedConfiguration"]["loadBalancers"]]
            self._revisions[arn] = [each["targetGroupArn"] for each in balancers]
        return self._revisions[arn]


def _target_groups(load_balancer: Mapping[str, Any]) -> list[str]:
    alternate = load_balancer.get("advancedConfiguration", {}).get("alternateTargetGroupArn")
    return [load_balancer["targetGroupArn"], *([alternate] if alternate else [])]
