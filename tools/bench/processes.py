"""Measures a command: its time, and the memory of it and of all that it starts."""

import resource
import subprocess
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from errors import GoodiesError

_SAMPLE_SECONDS = 0.1
_OUTPUT_TAIL = 2000


class MeasuredCommandFailedError(GoodiesError):
    """A command that was measured did not do what it should; what it said last."""


@dataclass(frozen=True)
class Run:
    """Time and memory of one run of a command.

    Attributes:
        seconds: from its start to its end.
        cpu_seconds: of it and of those of its descendants that it waited for: not of a server that it leaves behind.
        peak_mib: the most that all processes held at one time. Memory that two processes share counts twice, so
            this is never too low but between two samples.
    """

    seconds: float
    cpu_seconds: float
    peak_mib: float


class ProcessTree:
    """Processes and their descendants, one that outlived its parent included."""

    def __init__(self) -> None:
        self._members: set[psutil.Process] = set()

    def add(self, pid: int) -> None:
        """Count this process and all that it starts."""
        with suppress(psutil.NoSuchProcess):
            self._members.add(psutil.Process(pid))

    def resident_bytes(self) -> int:
        """Return the memory that all of them hold now."""
        for member in list(self._members):
            with suppress(psutil.NoSuchProcess):
                self._members.update(member.children(recursive=True))
        return sum(self._held_by(member) for member in list(self._members))

    def _held_by(self, member: psutil.Process) -> int:
        try:
            return int(member.memory_info().rss)
        except psutil.NoSuchProcess:
            self._members.discard(member)
        except psutil.AccessDenied:  # a process that ends, on macOS
            pass
        return 0


def measure(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    tree: ProcessTree,
    exit_codes: Collection[int] = (0,),
) -> Run:
    """Run a command to its end.

    Args:
        command: what to run.
        folder: where.
        environment: all of its variables.
        tree: the processes whose memory counts; the command joins it. One that served an earlier command stays in it.
        exit_codes: those that are no failure.

    Raises:
        MeasuredCommandFailedError: it says that it failed.
    """
    spent, began = _cpu_seconds(), time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - commands of this package
        command, cwd=folder, env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        tree.add(process.pid)
        with _sampled(tree) as peak:
            output = process.communicate()[0]
    seconds = time.perf_counter() - began
    if process.returncode not in exit_codes:
        raise MeasuredCommandFailedError(f"`{' '.join(command)}` failed. It said last:\n{output[-_OUTPUT_TAIL:]}")
    return Run(seconds, _cpu_seconds() - spent, max(peak) / 1024**2)


@contextmanager
def _sampled(tree: ProcessTree) -> Iterator[list[int]]:
    """Note while the block runs what a family holds."""
    samples = [tree.resident_bytes()]
    ended = threading.Event()

    def sample() -> None:
        while not ended.wait(_SAMPLE_SECONDS):
            samples.append(tree.resident_bytes())

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield samples
    finally:
        ended.set()
        thread.join()


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
