"""Containers of tasks as processes of this machine.

A process gets the environment of its container definition, the secrets that the definition names, the variables of the
image, and those that the agent of ECS sets: nothing of this machine's. What differs from a container is in REPLACED and
ADDED, and on docs/embedded-cloud.md.
"""

import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from local.body.addresses import Addresses
from local.body.children import Child, ChildProgram, Children
from local.body.images import Image
from local.body.ports import LOOPBACK

# Variables of a definition that get another value: which deployed host and port they name, and what they are.
HOSTS = {"PGHOST": "PGPORT", "REDIS_HOST": "REDIS_PORT"}
PORT = "API_PORT"
CERTIFICATES = "PGSSLROOTCERT"
FORWARDERS = "FORWARDED_ALLOW_IPS"
REPLACED = {
    "`PGHOST`, `PGPORT`": "the loopback address where the body serves the database of that name",
    "`REDIS_HOST`, `REDIS_PORT`": "the loopback address where the body serves the cache of that name",
    "`PGSSLROOTCERT`": "the certificate of the body's authority, which signs for the deployed names",
    "`API_PORT`, and the container's port in its command and in its health check": "a port of the task's own",
    "`0.0.0.0` in the command": "the loopback address",
    "`FORWARDED_ALLOW_IPS`, of the image": "the loopback address, where the load balancer is",
    "the interval of a health check, until its first success in the start period": "a second",
    "paths of the image's files, and of a volume": "the folders where they lie on this machine",
}
ADDED = {
    "AWS_ENDPOINT_URL": "the embedded cloud",
    "SSL_CERT_FILE": "the certificate of the body's authority: public authorities sign AWS's own",
    "TMPDIR": "the folder of the volume that is mounted at `/tmp`",
    "AWS_REGION": "as Fargate sets it",
    "AWS_DEFAULT_REGION": "as Fargate sets it",
    "AWS_EXECUTION_ENV": "as Fargate sets it",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "where the credentials of the task's role are; Fargate sets a relative one",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "for that address",
}
_ANY_ADDRESS = "0.0.0.0"  # noqa: S104 - a word of a command, which is replaced
_TMP = "/tmp"
# "Docker only: the container's health check", ContainerDefinition, Amazon ECS API reference: its defaults.
_INTERVAL_SECONDS = 30
_TIMEOUT_SECONDS = 5
_RETRIES = 3
# Default on Fargate (stopTimeout, ContainerDefinition, Amazon ECS API reference).
_STOP_SECONDS = 30
# While a container starts, its check is repeated so often, as Docker does with a start interval. ECS sets none, and its
# first answer takes a whole interval.
_START_INTERVAL_SECONDS = 1
# What the agent reports of a container that is stopped before it starts (aws/amazon-ecs-agent#3218).
UNRESOLVED_CODE = 143


class Health(StrEnum):
    """Answer of a health check, as ECS calls it."""

    UNKNOWN = "UNKNOWN"
    HEALTHY = "HEALTHY"
    UNHEALTHY = "UNHEALTHY"


class State(StrEnum):
    """State of a container, as ECS calls it."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    STOPPED = "STOPPED"


@dataclass(frozen=True, kw_only=True)
class Machine:
    """Surroundings of a task on this machine.

    Attributes:
        port: where its container listens.
        container_port: where the definition says that it does; 0 where it names none.
        certificate: file of the body's authority.
        folder: of the task's volumes.
        addresses: where deployed host names are served.
        variables: what is added to the environment.
    """

    port: int
    container_port: int
    certificate: Path
    folder: Path
    addresses: Addresses
    variables: Mapping[str, str]

    def volume(self, path: str) -> str:
        """Return the folder of the volume that is mounted at a path of a container."""
        return str(self.folder / path.strip("/").replace("/", "-"))

    def words(self, words: Sequence[str], image: Image) -> list[str]:
        """Return a command with its addresses and paths as they are here."""
        there = str(self.container_port)
        named = {_ANY_ADDRESS: LOOPBACK} | ({there: str(self.port)} if self.container_port else {})
        local = f"{LOOPBACK}:{there}/", f"{LOOPBACK}:{self.port}/"
        return [named.get(word, image.here(word).replace(*local)) for word in words]


def unserved(container: Mapping[str, Any], addresses: Addresses) -> list[str]:
    """Return the deployed host names that a container needs and nothing serves yet."""
    given = {pair["name"]: pair["value"] for pair in container.get("environment", [])}
    pairs = [(given[host], int(given[port])) for host, port in HOSTS.items() if host in given and port in given]
    return [host for host, port in pairs if addresses.find(host, port) is None]


def environment(
    container: Mapping[str, Any], secrets: Mapping[str, str], image: Image, machine: Machine
) -> dict[str, str]:
    """Return the environment of a container's process.

    Args:
        container: of the task definition, as ECS describes it, with the task's overrides.
        secrets: values of what it takes from secrets.
        image: that it runs.
        machine: what stands for what is around it.

    Raises:
        KeyError: a deployed host name is not served.
    """
    given = {pair["name"]: pair["value"] for pair in container.get("environment", [])}
    for host, port in HOSTS.items():
        if host in given and port in given:
            address = machine.addresses.find(given[host], int(given[port]))
            if address is None:
                raise KeyError(given[host])
            given |= {host: address.host, port: str(address.port)}
    if CERTIFICATES in given:
        given[CERTIFICATES] = str(machine.certificate)
    if given.get(PORT) == str(machine.container_port):
        given[PORT] = str(machine.port)
    mounts = {mount["containerPath"]: machine.volume(mount["containerPath"]) for mount in container["mountPoints"]}
    own = {name: mounts.get(value, image.here(value)) for name, value in image.environment.items()}
    if FORWARDERS in own:
        own[FORWARDERS] = LOOPBACK
    added = {"SSL_CERT_FILE": str(machine.certificate)} | ({"TMPDIR": mounts[_TMP]} if _TMP in mounts else {})
    return own | given | dict(secrets) | added | dict(machine.variables)


def command(container: Mapping[str, Any], image: Image, machine: Machine) -> list[str]:
    """Return the command of a container's process: its own or the image's, behind the image's entrypoint."""
    entrypoint = container.get("entryPoint") or image.entrypoint
    return machine.words([*entrypoint, *(container.get("command") or image.command)], image)


class Container:
    """A container of a task.

    Attributes:
        name: as in the definition.
        state: of it.
        health: as its check says; UNKNOWN where it has none.
        exit_code: of its end; None before.
        reason: why it did not start; empty where it did.
        essential: whether its end is the task's.
        log: file that it writes; None before it starts.

    Args:
        name: of its process, unique in the body.
        definition: of it, as ECS describes it, with the task's overrides.
    """

    def __init__(self, name: str, definition: Mapping[str, Any], children: Children) -> None:
        self.name: str = definition["name"]
        self.state = State.PENDING
        self.health = Health.UNKNOWN
        self.exit_code: int | None = None
        self.reason = ""
        self.essential = bool(definition.get("essential", True))
        self.definition = definition
        self.log: Path | None = None
        self._process_name = name
        self._children = children
        self._child: Child | None = None
        self._check: HealthCheck | None = None

    @property
    def pid(self) -> int:
        """Id of its process; 0 while it does not run."""
        return self._child.pid if self._child else 0

    @property
    def checked(self) -> bool:
        """True where it has a health check."""
        return "healthCheck" in self.definition

    def start(self, image: Image, secrets: Mapping[str, str], machine: Machine) -> None:
        """Start its process."""
        variables = environment(self.definition, secrets, image, machine)
        program = ChildProgram(
            name=self._process_name,
            command=command(self.definition, image, machine),
            environment=variables,
            folder=machine.folder,
            restarts=False,
            stop_seconds=self.definition.get("stopTimeout") or _STOP_SECONDS,
        )
        self._child = self._children.start(program)
        self.log = self._child.log
        self.state = State.RUNNING
        if self.checked:
            check = self.definition["healthCheck"]
            words = check["command"]
            shell = words[0] == "CMD-SHELL"
            words = ["sh", "-c", words[1]] if shell else list(words[1:])
            self._check = HealthCheck(machine.words(words, image), variables, machine.folder, check)

    def give_up(self, reason: str) -> None:
        """Stop it before it has started."""
        self.state, self.exit_code, self.reason = State.STOPPED, UNRESOLVED_CODE, reason

    def follow(self) -> None:
        """See whether it still runs, and how healthy it is; never waits."""
        if self._child is None or self.state is not State.RUNNING:
            return
        self._child.check()
        if not self._child.running:
            self._ended(self._child)
        elif self._check and not self._child.stopping:
            self.health = self._check.follow()

    def ask_to_stop(self) -> None:
        """Ask its process to end; it is killed when its stop time-out is over."""
        if self._child and self.state is State.RUNNING:
            self._child.ask_to_stop()
        elif self.state is State.PENDING:
            self.state = State.STOPPED

    def last_line(self) -> str:
        """Return the last line that it wrote."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log and self.log.is_file() else []
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def remove(self) -> None:
        """End its process, wait until it has ended, and forget it with its log."""
        if self._check:
            self._check.end()
        if self._child:
            self._children.remove(self._child)
        if self.log:
            self.log.unlink(missing_ok=True)

    def _ended(self, child: Child) -> None:
        code = child.exit_code if child.exit_code is not None else 1
        # 128 and the signal's number, as Docker reports it.
        self.exit_code = code if code >= 0 else 128 - code
        self.state = State.STOPPED
        self.health = Health.UNKNOWN
        self._children.remove(child)
        self._child = None
        if self._check:
            self._check.end()


class HealthCheck:
    """Health check of a container: a command, again and again.

    Args:
        words: of the command.
        variables: its environment, the container's.
        folder: where it runs.
        settings: ``healthCheck`` of the container definition.
    """

    def __init__(
        self, words: Sequence[str], variables: Mapping[str, str], folder: Path, settings: Mapping[str, Any]
    ) -> None:
        self._words = words
        self._variables = variables
        self._folder = folder
        self._interval = settings.get("interval") or _INTERVAL_SECONDS
        self._timeout = settings.get("timeout") or _TIMEOUT_SECONDS
        self._retries = settings.get("retries") or _RETRIES
        self._started = time.monotonic()
        self._grace_until = self._started + (settings.get("startPeriod") or 0)
        # Docker's first check comes after an interval, or after a start interval.
        self._next = self._started + (_START_INTERVAL_SECONDS if settings.get("startPeriod") else self._interval)
        self._process: subprocess.Popen[bytes] | None = None
        self._begun = 0.0
        self._failures = 0
        self._health = Health.UNKNOWN

    def follow(self) -> Health:
        """Begin, end or judge the check where it is time; return what is known of the container."""
        now = time.monotonic()
        if self._process is None:
            if now >= self._next:
                self._begin(now)
            return self._health
        code = self._process.poll()
        if code is None and now - self._begun >= self._timeout:
            self._process.kill()
            code = self._process.wait()
        if code is not None:
            self._process = None
            self._judge(now, failed=code != 0)
        return self._health

    def end(self) -> None:
        """End the command that runs."""
        if self._process:
            with suppress(ProcessLookupError):
                self._process.kill()
            self._process.wait()
            self._process = None

    def _begin(self, now: float) -> None:
        self._begun = now
        self._process = subprocess.Popen(  # noqa: S603 - of the deployed task definition
            self._words,
            env=dict(self._variables),
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _judge(self, now: float, *, failed: bool) -> None:
        starts = self._health is Health.UNKNOWN and now < self._grace_until
        self._next = self._begun + (_START_INTERVAL_SECONDS if failed and starts else self._interval)
        if not failed:
            self._failures, self._health = 0, Health.HEALTHY
        elif not starts:
            self._failures += 1
            if self._failures >= self._retries:
                self._health = Health.UNHEALTHY
