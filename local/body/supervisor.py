"""Supervisor of the body: reads what is deployed, brings each part to it, and tells how it stands."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError

from errors import GoodiesError, disk_error
from local.body.addresses import Addresses
from local.body.alarms import Alarms
from local.body.autoscaling import Autoscaling
from local.body.body import SETTINGS, Row, Settings, Status
from local.body.caches import Caches
from local.body.children import Child, Children, end_left_overs
from local.body.databases import Databases
from local.body.deployed import Deployed, Place
from local.body.deployed_caches import read_replication_groups
from local.body.deployed_databases import read_instances, report_windows
from local.body.endpoints import Endpoints, authority
from local.body.ingress import Ingress, read_ingress
from local.body.metric_values import MINUTE
from local.body.metrics import Metrics
from local.body.part import Part
from local.body.ports import Ports
from local.body.rotations import Rotations, read_rotations
from local.body.target_health import TargetHealth
from local.body.task_metrics import TaskMetrics
from local.body.tasks import Serves, Tasks
from local.cloud import EmbeddedCloud

_T = TypeVar("_T")
_log = logging.getLogger(__name__)

# A pass costs the emulator and this process some time: they get at least so many times as much without one. Each minute
# of metrics is seen all the same.
_IDLE_RATIO = 5
_CHECK_SECONDS = 1.0


class Supervisor:
    """Loop over the parts of the body. One thread runs it, others ask it for its status.

    Args:
        cloud: the embedded AWS.
        directory: where the body keeps its data and its logs.
    """

    def __init__(self, cloud: EmbeddedCloud, directory: Path) -> None:
        self._directory = directory
        self._deployed = Deployed(cloud)
        self._ended = threading.Event()
        self._wake = threading.Event()
        self._children = Children(directory)
        self._ports = Ports(directory / "ports.json")
        self._addresses = Addresses(directory / "addresses.json")
        self._begun = 0
        self._completed = 0
        self._faults: Sequence[str] = ()
        self._endpoints = Endpoints(self._ports, authority(directory))
        self._databases = Databases(
            children=self._children,
            ports=self._ports,
            endpoints=self._endpoints,
            addresses=self._addresses,
            directory=directory,
        )
        self._caches = Caches(
            children=self._children,
            ports=self._ports,
            endpoints=self._endpoints,
            addresses=self._addresses,
            directory=directory,
        )
        self._rotations = Rotations(self._addresses)
        self._tasks = Tasks(
            self._children,
            self._ports,
            directory,
            deployed=self._deployed,
            certificate=self._endpoints.certificate,
        )
        self._ingress = Ingress(self._children, self._ports, self._addresses, directory)
        serves = Serves(healthy=self._ingress.healthy, drained=self._ingress.drained)
        self._metrics = Metrics(self._ingress)
        target_health = TargetHealth()
        self._task_metrics = TaskMetrics(self._tasks)
        self._alarms = Alarms()
        self._autoscaling = Autoscaling()
        # In the order in which they depend on each other.
        self._parts: Sequence[Part] = (
            self._databases,
            self._caches,
            self._rotations,
            self._tasks,
            self._ingress,
            self._metrics,
            self._task_metrics,
            self._alarms,
            self._autoscaling,
        )
        self._steps: Sequence[tuple[str, Callable[[], None]]] = (
            ("Databases", lambda: self._databases.reconcile(self._read(read_instances), self._deployed.clock)),
            ("Restorable times", lambda: report_windows(self._deployed, self._databases.windows)),
            ("Caches", lambda: self._caches.reconcile(self._read(read_replication_groups))),
            ("Rotations", lambda: self._rotations.reconcile(self._read(read_rotations))),
            ("Tasks", lambda: self._tasks.reconcile(self._addresses, serves)),
            ("Ingress", lambda: self._ingress.reconcile(read_ingress(self._deployed), self._tasks.targets)),
            ("Health of targets", lambda: target_health.report(self._deployed, self._ingress.target_states)),
            ("Metrics", lambda: self._metrics.reconcile(self._deployed)),
            ("Metrics of tasks", lambda: self._task_metrics.reconcile(self._deployed)),
            ("Alarms", lambda: self._alarms.reconcile(self._deployed)),
            ("Autoscaling", lambda: self._autoscaling.reconcile(self._deployed)),
        )

    def run(self) -> None:
        """Bring the parts to what is deployed until :meth:`end`, then stop them.

        What an earlier supervisor left running when it was killed ends first.
        """
        for name in end_left_overs(self._directory):
            _log.info("ended %s, which an earlier supervisor left running", name)
        while not self._ended.is_set():
            began = time.monotonic()
            self._begun += 1
            self._faults = self._pass()
            self._completed = self._begun
            now = time.monotonic()
            under_way = any(part.waiting for part in self._parts)
            idle = min((now - began) * _IDLE_RATIO, MINUTE / self._deployed.clock / 2)
            self._wait(now + (_CHECK_SECONDS if under_way else max(_CHECK_SECONDS, idle)))
        for part in reversed(self._parts):
            part.stop()
        self._endpoints.stop()
        self._children.stop()

    def _wait(self, until: float) -> None:
        """Look after the children until then, or until somebody calls or a deployment waits."""
        while not self._wake.wait(min(_CHECK_SECONDS, max(0.0, until - time.monotonic()))):
            self._children.check()
            if time.monotonic() >= until or self._tasks.awaited:
                return
        self._wake.clear()

    def end(self) -> None:
        """Let :meth:`run` stop the parts and return."""
        self._ended.set()
        self._wake.set()

    def reconcile(self) -> int:
        """Begin a pass soon; return its number."""
        number = self._begun + 1
        self._wake.set()
        return number

    def status(self) -> dict[str, Any]:
        """Return the :class:`Status` as JSON has it."""
        parts = self._parts
        lines = self._children.problems + list(self._faults)
        status = Status(
            completed=self._completed,
            problems=list(dict.fromkeys([*lines, *(line for part in parts for line in part.problems)])),
            waiting=[line for part in parts for line in part.waiting],
            notes=[*self._clock_notes(), *self._ports.moved, *(line for part in parts for line in part.notes)],
            processes=[_row(child) for child in self._children],
            urls=self._ingress.urls,
            program=", ".join(self._tasks.programs),
        )
        return asdict(status)

    def _clock_notes(self) -> Sequence[str]:
        clock = self._deployed.clock
        return [f"AWS's own waits, such as periods of alarms, are {clock} times shorter (clock {clock})"] * (clock > 1)

    def _pass(self) -> Sequence[str]:
        """Bring each part to what is deployed now; return what went wrong."""
        settings = Settings.read(self._directory / SETTINGS)
        self._deployed.begin_pass()
        self._deployed.places = settings.places
        with suppress(OSError):  # the parts tell that the cloud does not answer
            self._deployed.clock = self._deployed.cloud.clock
        faults: list[str] = []
        for concern, step in self._steps:
            faults += self._try(concern, step)
            self._children.check()
        return list(dict.fromkeys(faults))

    def _read(self, read: Callable[[Deployed, Place], Sequence[_T]]) -> Sequence[_T]:
        return [each for place in self._deployed.places for each in read(self._deployed, place)]

    def _try(self, concern: str, step: Callable[[], None]) -> Sequence[str]:
        """Take a step; where it fails, return why, so that the other parts go on."""
        try:
            step()
        except BotoCoreError as error:
            _log.warning("%s: %s", concern, error)
            return ["The embedded cloud does not answer. What runs goes on; `make deploy` starts it again."]
        except GoodiesError as error:
            return [str(error)]
        except OSError as error:
            _log.exception(concern)
            return [f"{concern}: {disk_error(error) or error}"]
        except Exception as error:  # a part's defect must not end the others
            _log.exception(concern)
            return [f"{concern}: {type(error).__name__}: {error}. The log is {self._directory / 'logs'}."]
        return []


def _row(child: Child) -> Row:
    return Row(
        name=child.program.name,
        state=_state(child),
        pid=child.pid,
        ends=child.ends,
        log=str(child.log),
    )


def _state(child: Child) -> str:
    if not child.running:
        return "ended"
    if child.stopping:
        return "stops"
    return "runs" if child.ready else "starts"
