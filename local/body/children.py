"""Child processes of the body: started, watched, brought back when they die, and ended with it.

They stay in the process group of the supervisor, so that who kills the group leaves none behind. A record of each, a
file with its process id and its start time, lets the next supervisor end what a killed one has left.
"""

import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from local.proxy.files import replace_text

_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 30.0
# A child that has run for so long begins with the first pause again.
_STABLE_SECONDS = 60.0
_LOG_BYTES = 16 * 1024**2
# The system's clock moves the start time that it answers, by a correction or while the machine sleeps.
_START_TOLERANCE_SECONDS = 5.0
_POLL_SECONDS = 0.05
_KILL_SECONDS = 5.0


def _always() -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class ChildProgram:
    """Program that a child runs.

    Attributes:
        name: of the child, unique in the body; its log and its record are called so.
        command: program and arguments.
        environment: all of its environment; nothing of the supervisor's is added.
        folder: where it starts.
        user: id of the system's user that it runs as, and of the group; None for the supervisor's own.
        ready: answers at once, or within about a second, whether it serves.
        restarts: brought back when it ends by itself; otherwise its end is final, as of a job.
        stop_signal: asks it to end.
        stop_seconds: how long it may take to end before it is killed.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    user: int | None = None
    ready: Callable[[], bool] = _always
    restarts: bool = True
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0


class Child:
    """A process of the body. :meth:`check` drives it and never waits; call it about every second, from any thread.

    Attributes:
        program: what it runs.
        log: file that it writes to.
        ready: has answered its ready check since its last start.
        exit_code: of its last end, negative for a signal; None while it runs for the first time.
        ends: how often it has ended by itself.
        problem: what keeps it from running, in one line; empty while nothing does.
    """

    def __init__(self, program: ChildProgram, *, log: Path, record: Path) -> None:
        self.program = program
        self.log = log
        self.ready = False
        self.exit_code: int | None = None
        self.ends = 0
        self.problem = ""
        self._record = record
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._next_start = 0.0
        self._pause = _FIRST_PAUSE_SECONDS
        self._kill_at: float | None = None
        self._lock = threading.RLock()

    @property
    def pid(self) -> int:
        """Its process id; 0 while it does not run."""
        process = self._process
        return process.pid if process else 0

    @property
    def running(self) -> bool:
        """True from its start until its end was seen."""
        return self._process is not None

    @property
    def stopping(self) -> bool:
        """True once it was asked to end."""
        return self._kill_at is not None

    def start(self) -> None:
        """Start it now, where it does not run. A failure is told through ``problem``, and tried again."""
        with self._lock:
            self._start()

    def _start(self) -> None:
        if self._process:
            return
        program = self.program
        self.ready, self._kill_at = False, None
        try:
            _limit(self.log)
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(  # noqa: S603 - of the deployed resources, with a known program
                    program.command,
                    cwd=program.folder,
                    env=program.environment,
                    user=program.user,
                    group=program.user,
                    extra_groups=None if program.user is None else [],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
            self._started_at = time.monotonic()
            self._write_record(self._process.pid)
        except OSError as error:
            # What runs without a record would outlive a killed supervisor.
            self.kill()
            self._ended(f"{program.name} does not start: {error.strerror or error}")

    def check(self) -> None:
        """See whether it still runs and serves; start it again where its pause is over; kill it where it must end."""
        with self._lock:
            self._check()

    def _check(self) -> None:
        if self._process is None:
            if self.program.restarts and not self.stopping and time.monotonic() >= self._next_start:
                self.start()
            return
        code = self._process.poll()
        if code is not None:
            self._process, self.exit_code = None, code
            self._record.unlink(missing_ok=True)
            # A job that has done its work is no problem.
            if not self.stopping and (code or self.program.restarts):
                self._ended(f"{self.program.name} ended {_how(code)}; its log is {self.log}")
            return
        if self._kill_at is not None:
            if time.monotonic() >= self._kill_at:
                self.kill()
            return
        if not self.ready:
            self.ready = self.program.ready()
        if self.ready:
            self.problem = ""

    def ask_to_stop(self) -> None:
        """Send it its signal and go on; :meth:`check` kills it when its time is over."""
        with self._lock:
            if self._kill_at is None:
                self._kill_at = time.monotonic() + self.program.stop_seconds
                if self._process and self._process.poll() is None:
                    self._process.send_signal(self.program.stop_signal)

    def stop(self) -> None:
        """End it, and wait until it has ended. It is not started again but by :meth:`start`."""
        self.ask_to_stop()
        while self.running:
            self.check()
            if self.running:
                time.sleep(_POLL_SECONDS)
        self.problem = ""

    def kill(self) -> None:
        """End it at once, with all that it has started. It is not started again but by :meth:`start`."""
        with self._lock:
            self._kill_at = time.monotonic()
            if self._process:
                with suppress(psutil.NoSuchProcess):
                    _kill_tree(psutil.Process(self._process.pid))
                self.exit_code = self._process.wait()
                self._process = None
                self._record.unlink(missing_ok=True)

    def _ended(self, problem: str) -> None:
        self._kill_at = None
        self.ready = False
        self.ends += 1
        self.problem = problem
        if time.monotonic() - self._started_at >= _STABLE_SECONDS:
            self._pause = _FIRST_PAUSE_SECONDS
        self._next_start = time.monotonic() + self._pause
        if self.program.restarts:
            self.problem += f"; it is started again after {self._pause:g} s"
        self._pause = min(2 * self._pause, _LONGEST_PAUSE_SECONDS)

    def _write_record(self, pid: int) -> None:
        replace_text(self._record, json.dumps({"pid": pid, "started": psutil.Process(pid).create_time()}))


class Children:
    """All processes of one body.

    Args:
        directory: of the body; logs lie in its folder ``logs``, records in ``children``.
    """

    def __init__(self, directory: Path) -> None:
        self._logs = directory / "logs"
        self._records = directory / "children"
        for folder in (self._logs, self._records):
            folder.mkdir(parents=True, exist_ok=True)
        self._children: dict[str, Child] = {}

    def __iter__(self) -> Iterator[Child]:
        return iter(list(self._children.values()))

    @property
    def problems(self) -> list[str]:
        """Lines on children that do not run."""
        return [child.problem for child in self if child.problem]

    def find(self, name: str) -> Child | None:
        """Return the child of a name; None where there is none."""
        return self._children.get(name)

    def start(self, program: ChildProgram) -> Child:
        """Start a child. One of the same name must have been removed before."""
        if program.name in self._children:
            raise ValueError(f"there is a child {program.name}")
        child = Child(program, log=self._logs / f"{program.name}.log", record=self._records / f"{program.name}.json")
        self._children[program.name] = child
        child.start()
        return child

    def check(self) -> None:
        """See after all of them; never waits."""
        for child in self:
            child.check()

    def remove(self, child: Child) -> None:
        """End a child, wait until it has ended, and forget it."""
        child.stop()
        self._children.pop(child.program.name, None)

    def stop(self) -> None:
        """End all of them at the same time, and wait until they have ended."""
        for child in self:
            child.ask_to_stop()
        for child in self:
            self.remove(child)


def left_overs(directory: Path) -> list[str]:
    """Return the names of children that run.

    Args:
        directory: of the body. There need not be one.
    """
    return [record.stem for record in sorted((directory / "children").glob("*.json")) if _recorded(record)]


def end_left_overs(directory: Path) -> list[str]:
    """Kill what a killed supervisor of a body has left running; return the names of these children.

    Args:
        directory: of the body. There need not be one.
    """
    ended = []
    for record in sorted((directory / "children").glob("*.json")):
        process = _recorded(record)
        if process:
            _kill_tree(process)
            psutil.wait_procs([process], timeout=_KILL_SECONDS)
            ended.append(record.stem)
        record.unlink(missing_ok=True)
    return ended


def _recorded(record: Path) -> psutil.Process | None:
    """The process that a record tells of; None where it has ended, and its id may be another's."""
    try:
        known = json.loads(record.read_text())
        process = psutil.Process(int(known["pid"]))
        if abs(process.create_time() - float(known["started"])) <= _START_TOLERANCE_SECONDS:
            return process
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        pass
    return None


def _kill_tree(process: psutil.Process) -> None:
    """Kill a process and all that it has started, and wait until the latter are gone."""
    with suppress(psutil.NoSuchProcess):
        descendants = process.children(recursive=True)
        for each in (process, *descendants):
            with suppress(psutil.NoSuchProcess):
                each.kill()
        psutil.wait_procs(descendants, timeout=_KILL_SECONDS)


def _limit(log: Path) -> None:
    """Keep one older log and no more, where a log has grown large."""
    with suppress(FileNotFoundError):
        if log.stat().st_size > _LOG_BYTES:
            log.replace(log.with_suffix(".old.log"))


def _how(code: int) -> str:
    if code >= 0:
        return f"with code {code}"
    try:
        return f"by {signal.Signals(-code).name}"
    except ValueError:
        return f"by signal {-code}"
