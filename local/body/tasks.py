"""Tasks of the deployed clusters as processes: their containers in order, their states, their targets."""

import json
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local.body.addresses import Address, Addresses
from local.body.children import Children
from local.body.container_logs import LogStream
from local.body.containers import Container, Health, Machine, State, unserved
from local.body.deployed import Deployed, Place
from local.body.deployed_tasks import DeployedService, DeployedTask, TaskReader
from local.body.images import Image, Registry, unpack
from local.body.part import Part
from local.body.ports import Ports
from local.body.roles import CredentialsEndpoint, Roles, secret_values
from local.errors import EmbeddedCloudError

_IMAGE = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.[^/]+/([^:]+):([^@]+)")
_AWSLOGS = "awslogs"
_FARGATE = "AWS_ECS_FARGATE"
# A service whose tasks fail gets its next one after a pause that doubles, as ECS throttles it.
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 30.0
# Each state is reported again after so long, for an emulator that was restarted with an older state.
_REPORT_SECONDS = 10.0
# What a role's session answers that an emulator does not know any more.
_LOST_SESSION = ("InvalidClientTokenId", "UnrecognizedClientException", "ExpiredToken", "ExpiredTokenException")


@dataclass(frozen=True)
class Serves:
    """Load balancers in front of the tasks, as far as the start and the end of these depend on them.

    Attributes:
        healthy: whether a target's health check says so.
        drained: whether no request is at a target that was taken out.
    """

    healthy: Callable[[Address], bool] = lambda _: True
    drained: Callable[[Address], bool] = lambda _: True


class Task:
    """A task as processes.

    Attributes:
        given: as it is deployed.
        address: where its container listens.
        containers: in the order of the definition.
        serves: the essential containers run: it can be a target.
        steady: they are healthy, too.
        failure: why it ended or did not start; empty while it did not.
        program: what it runs; empty before its image is there.
    """

    def __init__(self, given: DeployedTask, definition: Mapping[str, Any], folder: Path, children: Children) -> None:
        self.given = given
        self.definition = definition
        self.folder = folder
        self.address = Address(0)
        self.failure = ""
        self.code = "EssentialContainerExited"
        self.program = ""
        self.drains_until: float | None = None
        self.stopping = False
        self.logs: dict[str, LogStream] = {}
        self.reported = ""
        self.report_at = 0.0
        self.containers = [
            Container(f"task-{given.id[:8]}-{each['name']}", _overridden(each, given.overrides), children)
            for each in definition["containerDefinitions"]
        ]

    @property
    def serves(self) -> bool:
        """True while all essential containers run, and no other is waited for."""
        return not self.stopping and all(each.state is State.RUNNING for each in self.containers if each.essential)

    @property
    def steady(self) -> bool:
        """True while it serves and all checked containers are healthy."""
        return self.serves and all(each.health is Health.HEALTHY for each in self.containers if each.checked)

    @property
    def answers(self) -> bool:
        """True while it serves, once its checks have answered: before that a load balancer would find nothing."""
        return self.serves and all(each.health is not Health.UNKNOWN for each in self.containers if each.checked)

    @property
    def ended(self) -> bool:
        """True when no container runs or will."""
        return all(each.state is State.STOPPED for each in self.containers)

    @property
    def failed(self) -> bool:
        """True once an essential container has ended, or is unhealthy, or it did not start."""
        return bool(self.failure)

    def startable(self) -> Iterator[Container]:
        """Yield the containers whose dependencies are there now; give up those whose never will be."""
        for container in self.containers:
            if container.state is State.PENDING:
                answers = [self._dependency(each) for each in container.definition.get("dependsOn", [])]
                if lost := [reason for reason in answers if reason]:
                    container.give_up(lost[0])
                elif None not in answers:
                    yield container

    def judge(self) -> None:
        """Find whether the task has failed."""
        for container in self.containers:
            if self.failure or not container.essential:
                continue
            if container.reason:
                self.failure, self.code = f"Task failed to start: {container.reason}", "TaskFailedToStart"
            elif container.state is State.STOPPED:
                self.failure = f"Essential container in task exited: {container.name}, code {container.exit_code}"
            elif container.health is Health.UNHEALTHY:
                self.failure = f"Task failed container health checks: {container.name}"

    def stop(self) -> None:
        """Ask the containers to end, each after those that depend on it; never waits."""
        self.stopping = True
        for container in self.containers:
            if not any(
                each.state is State.RUNNING
                and container.name in {needed["containerName"] for needed in each.definition.get("dependsOn", [])}
                for each in self.containers
            ):
                container.ask_to_stop()

    def states(self) -> dict[str, Any]:
        """Return the states of its containers, as ECS describes them."""
        states: dict[str, Any] = {}
        for container in self.containers:
            state: dict[str, Any] = {"lastStatus": container.state, "healthStatus": container.health}
            if container.exit_code is not None:
                state["exitCode"] = container.exit_code
            if container.reason:
                state["reason"] = container.reason
            states[container.name] = state
        return states

    def _dependency(self, given: Mapping[str, str]) -> str | None:
        """Return nothing where a dependency is there, None where it is waited for, a reason where it never will be."""
        (needed,) = (each for each in self.containers if each.name == given["containerName"])
        condition = given["condition"]
        if condition == "START":
            return None if needed.state is State.PENDING else ""
        if needed.state is not State.STOPPED:
            return "" if condition == "HEALTHY" and needed.health is Health.HEALTHY else None
        if condition == "COMPLETE" or (condition == "SUCCESS" and needed.exit_code == 0):
            return ""
        said = needed.last_line()
        return f"{needed.name} ended with code {needed.exit_code}{': ' * bool(said)}{said}"


class Tasks(Part):
    """All tasks that the cloud says are to run.

    Attributes:
        targets: addresses of the tasks that serve, by the ARN of the target group.
        programs: what the tasks run.

    Args:
        children: processes of the body.
        ports: of the body.
        directory: of the body.
        deployed: access to the cloud.
        certificate: file of the body's authority.
    """

    def __init__(
        self, children: Children, ports: Ports, directory: Path, *, deployed: Deployed, certificate: Path
    ) -> None:
        super().__init__()
        self.targets: Mapping[str, Sequence[Address]] = {}
        self._children = children
        self._ports = ports
        self._folder = directory / "tasks"
        self._images = directory / "images"
        self._deployed = deployed
        self._certificate = certificate
        self._reader = TaskReader(deployed)
        self._roles = Roles(deployed)
        self._credentials = CredentialsEndpoint(ports)
        self._tasks: dict[str, Task] = {}
        self._services: Sequence[DeployedService] = ()
        self._pauses: dict[str, float] = {}
        self._not_before: dict[str, float] = {}
        self._failures: dict[str, str] = {}
        # What an earlier supervisor had.
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def by_service(self) -> Sequence[tuple[DeployedService, Sequence[Task]]]:
        """Services with their tasks."""
        tasks = list(self._tasks.values())
        return [(service, [task for task in tasks if _is_of(task, service)]) for service in self._services]

    @property
    def programs(self) -> Sequence[str]:
        """Programs that the tasks run, each once."""
        return sorted({task.program for task in self._tasks.values() if task.program and not task.stopping})

    @property
    def awaited(self) -> bool:
        """True while a deployment waits until moved weights are read: another pass is to begin."""
        try:
            return bool(self._deployed.cloud.control("pass-awaited"))
        except OSError:
            return False

    def reconcile(self, addresses: Addresses, serves: Serves = Serves()) -> None:
        """Bring the processes to the tasks that are to run, and tell the cloud how these are.

        Args:
            addresses: where deployed host names are served.
            serves: what stands in front of the tasks.
        """
        self._send("run-tasks", True)
        try:
            given, services = self._reader.read()
            self._keep_the_least(services)
        except ClientError as error:
            self.problems = [f"The tasks are not read: {error}"]
            return
        self._services = services
        groups = {f"{each.cluster}/{each.name}" for each in services}
        self._failures = {group: line for group, line in self._failures.items() if group in groups}
        problems: list[str] = []
        waiting: list[str] = []
        wanted = {task.arn: task for task in given}
        for each in given:
            if each.arn not in self._tasks and not self._left_alone(each):
                self._add(each)
        for arn, task in list(self._tasks.items()):
            if arn in wanted and not task.failed:
                waiting += self._run(task, addresses, serves)
            else:
                self._end(task, serves)
            problems += self._ship(task)
            if arn in wanted:
                self._report(task, wanted[arn].status, serves)
            if task.ended and (task.failed or arn not in wanted):
                self._forget(task)
        self.targets = self._targets()
        for service in services:
            group = f"{service.cluster}/{service.name}"
            running = sum(task.serves for task in self._tasks.values() if _group(task) == group)
            if running < service.desired and not any(group in line for line in waiting):
                waiting.append(f"{group}: {running} of {service.desired} tasks run")
        self.problems = [*problems, *self._failures.values()]
        # A service whose tasks fail again and again is a problem, and nothing to wait for.
        self.waiting = [
            line for line in dict.fromkeys(waiting) if not any(line.startswith(group) for group in self._failures)
        ]

    def stop(self) -> None:
        """End all tasks, and wait until they have ended."""
        while self._tasks:
            for task in list(self._tasks.values()):
                task.stop()
                for container in task.containers:
                    container.follow()
                if task.ended:
                    for _ in self._ship(task):
                        pass  # nobody is there to be told
                    self._forget(task)
            time.sleep(0.05)
        self._credentials.stop()

    def _keep_the_least(self, services: Sequence[DeployedService]) -> None:
        """Raise a service to the least that its autoscaling allows, as that does at its next alarm.

        One without a release has no task, and none is started for it.
        """
        for service in services:
            if 0 < service.desired < service.least:
                ecs = self._deployed.client("ecs", service.place)
                ecs.update_service(cluster=service.cluster, service=service.name, desiredCount=service.least)

    def _left_alone(self, task: DeployedTask) -> bool:
        """Return whether a task's start has to wait for the pause after a failure of its service."""
        return bool(task.service) and time.monotonic() < self._not_before.get(f"{task.cluster}/{task.service}", 0)

    def _add(self, given: DeployedTask) -> None:
        definition = self._reader.definition(given.place, given.definition)
        task = Task(given, definition, self._folder / given.id[:8], self._children)
        if given.status == "RUNNING" and not given.service:
            # It ran before this supervisor did, and what it has done nobody knows.
            task.failure = "The embedded cloud was stopped while it ran"
            for container in task.containers:
                container.give_up("")
        else:
            port = self._ports.port(f"task {given.id}")
            task.address = Address(port)
        task.folder.mkdir(parents=True, exist_ok=True)
        self._tasks[given.arn] = task

    def _run(self, task: Task, addresses: Addresses, serves: Serves) -> Iterator[str]:
        """Bring a task further; yield what it waits for."""
        for container in task.containers:
            container.follow()
        task.judge()
        if task.failed:
            self._failed(task)
            return
        waits = ""
        for container in task.startable():
            if missing := unserved(container.definition, addresses):
                waits = f"{_group(task)}: {container.name} waits for {', '.join(missing)}"
                continue
            try:
                self._start(task, container, addresses)
            except (ClientError, EmbeddedCloudError, KeyError) as error:
                task.failure, task.code = _start_failure(error), "TaskFailedToStart"
                self._failed(task)
                return
        if waits:
            yield waits
        elif task.given.service and not (task.steady and serves.healthy(task.address)):
            yield f"{_group(task)}: task {task.given.id[:8]} starts"
        elif task.steady:
            self._pauses.pop(_group(task), None)
            self._failures.pop(_group(task), None)

    def _start(self, task: Task, container: Container, addresses: Addresses) -> None:
        given, definition = task.given, task.definition
        execution = definition["executionRoleArn"]

        def client(service: str) -> Any:
            return self._roles.client(service, given.place, execution, given.id)

        image = self._pull(client, container.definition["image"])
        task.program = image.program
        secrets = secret_values(client, container.definition)
        ports = [each["containerPort"] for each in container.definition.get("portMappings", [])]
        machine = Machine(
            port=task.address.port,
            container_port=ports[0] if ports else 0,
            certificate=self._certificate,
            folder=task.folder,
            addresses=addresses,
            variables=self._variables(task),
        )
        for mount in container.definition["mountPoints"]:
            Path(machine.volume(mount["containerPath"])).mkdir(parents=True, exist_ok=True)
        container.start(image, secrets, machine)
        log = container.definition.get("logConfiguration", {})
        if log.get("logDriver") == _AWSLOGS and container.log:
            # What the driver writes for the task has the execution role's rights.
            def logs(region: str) -> Any:
                return self._roles.client("logs", Place(given.place.account, region), execution, given.id)

            task.logs[container.name] = LogStream(container.log, container.definition, given.id, logs)

    def _variables(self, task: Task) -> Mapping[str, str]:
        """Return the variables that the agent of ECS sets."""
        given, role = task.given, task.definition.get("taskRoleArn")
        variables = {
            "AWS_ENDPOINT_URL": self._deployed.cloud.endpoint,
            "AWS_REGION": given.place.region,
            "AWS_DEFAULT_REGION": given.place.region,
            "AWS_EXECUTION_ENV": _FARGATE,
        }
        if role:
            variables |= self._credentials.variables(given.id, lambda: self._roles.assume(given.place, role, given.id))
        return variables

    def _pull(self, client: Callable[[str], Any], image: str) -> Image:
        """Return an image with the rights of the execution role.

        Raises:
            EmbeddedCloudError: the registry has none of the name, or another program made it.
        """
        named = _IMAGE.fullmatch(image)
        if not named:
            raise EmbeddedCloudError(f"CannotPullContainerError: {image}: of another registry than the embedded one")
        account, region, repository, tag = named.groups()
        ecr = client("ecr")
        ecr.get_authorization_token()
        answer = ecr.batch_get_image(registryId=account, repositoryName=repository, imageIds=[{"imageTag": tag}])
        if not answer["images"]:
            raise EmbeddedCloudError(f"CannotPullContainerError: {image}: not found")
        manifest = json.loads(answer["images"][0]["imageManifest"])
        registry = Registry(self._deployed.cloud.endpoint, account, region)

        def blob(digest: str) -> bytes:
            ecr.get_download_url_for_layer(registryId=account, repositoryName=repository, layerDigest=digest)
            return registry.blob(repository, digest)

        config, layer = blob(manifest["config"]["digest"]), blob(manifest["layers"][0]["digest"])
        try:
            return unpack(config, layer, self._images)
        except EmbeddedCloudError as error:
            raise EmbeddedCloudError(f"CannotPullContainerError: {image}: {error}") from error

    def _failed(self, task: Task) -> None:
        """Note a failure, and let the next task of its service wait."""
        group = _group(task)
        if task.given.service:
            pause = self._pauses.get(group, _FIRST_PAUSE_SECONDS)
            self._not_before[group] = time.monotonic() + pause
            self._pauses[group] = min(2 * pause, _LONGEST_PAUSE_SECONDS)
            self._failures[group] = f"{group}: {task.failure}"

    def _end(self, task: Task, serves: Serves) -> None:
        """Bring a task to its end: no new request, then no request, then its processes."""
        for container in task.containers:
            container.follow()
        if task.serves and task.drains_until is None:
            # The load balancer learns of it after this pass.
            task.drains_until = time.monotonic() + self._delay(task)
            return
        if task.serves and time.monotonic() < (task.drains_until or 0) and not serves.drained(task.address):
            return
        task.stop()

    def _delay(self, task: Task) -> float:
        """Return how long a load balancer lets requests of a task end, in seconds; 0 where there is none before it."""
        given = task.given
        return max((self._reader.deregistration_seconds(given.place, arn) for arn in given.target_groups), default=0.0)

    def _ship(self, task: Task) -> Iterator[str]:
        for container in task.containers:
            stream = task.logs.get(container.name)
            if stream:
                try:
                    stream.ship(ended=container.state is State.STOPPED)
                except ClientError as error:
                    if error.response["Error"]["Code"] in _LOST_SESSION:
                        self._roles.forget(task.given.id)
                    yield f"{_group(task)}: the log of {container.name} is not sent: {error}"

    def _report(self, task: Task, known: str, serves: Serves) -> None:
        """Tell the cloud a task's state where it is new, differs from what the cloud knows, or was told long ago."""
        state: dict[str, Any] = {
            "account": task.given.place.account,
            "region": task.given.place.region,
            "task": task.given.arn,
            "containers": task.states(),
        }
        if task.failed:
            # Its processes may still end: ECS answers STOPPED for it already, and starts the next one.
            state |= {"status": "STOPPED", "reason": task.failure, "code": task.code}
        elif task.serves:
            steady = task.steady and serves.healthy(task.address)
            state |= {"status": "RUNNING", "steady": steady, "address": str(task.address)}
        text = json.dumps(state)
        overdue = time.monotonic() >= task.report_at
        if text != task.reported or overdue or state.get("status", known) != known:
            self._send("task", state)
            task.reported, task.report_at = text, time.monotonic() + _REPORT_SECONDS

    def _send(self, request: str, argument: object) -> None:
        try:
            self._deployed.cloud.control(request, argument)
        except OSError as error:
            raise EmbeddedCloudError(
                "The embedded cloud does not answer. What runs goes on; `make deploy` starts it again."
            ) from error

    def _forget(self, task: Task) -> None:
        for container in task.containers:
            container.remove()
        shutil.rmtree(task.folder, ignore_errors=True)
        self._ports.forget(f"task {task.given.id}")
        self._credentials.forget(task.given.id)
        self._roles.forget(task.given.id)
        del self._tasks[task.given.arn]

    def _targets(self) -> Mapping[str, Sequence[Address]]:
        targets: dict[str, list[Address]] = {}
        for service in self._services:
            for group in service.target_groups:
                targets.setdefault(group, [])
        for task in self._tasks.values():
            if task.answers and task.drains_until is None:
                for group in task.given.target_groups:
                    targets.setdefault(group, []).append(task.address)
        return targets


def _is_of(task: Task, service: DeployedService) -> bool:
    given = task.given
    return (given.place, given.cluster, given.service) == (service.place, service.cluster, service.name)


def _group(task: Task) -> str:
    return f"{task.given.cluster}/{task.given.service or task.given.id[:8]}"


def _overridden(definition: Mapping[str, Any], overrides: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return a container definition with a task's overrides ("ContainerOverride", Amazon ECS API reference)."""
    given = overrides.get(definition["name"], {})
    names = {pair["name"] for pair in given.get("environment", [])}
    kept = [pair for pair in definition.get("environment", []) if pair["name"] not in names]
    changed = {"environment": [*kept, *given.get("environment", [])]}
    if given.get("command"):
        changed["command"] = given["command"]
    return {"mountPoints": [], **definition, **changed}


def _start_failure(error: Exception) -> str:
    if isinstance(error, EmbeddedCloudError):
        return str(error)
    return f"ResourceInitializationError: unable to pull secrets or registry auth: {error}"
