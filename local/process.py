"""Process of an emulator: at most one for each directory, known by a lock that ends with it."""

import fcntl
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from assembly.revisions import CHECKOUT
from local.errors import EmbeddedCloudError

_KILL_SECONDS = 10


@dataclass(frozen=True, kw_only=True)
class Program:
    """An emulator that can run as a process.

    Attributes:
        module: the module that ``python -m`` runs.
        sources: folders and files of the checkout that it is made of; a change of them is another version.
        version: version of what it is made of besides.
        environment: returns its environment for its lock file, which it ends without, and its port.
        name: of its lock, its record and its log.
        stop_seconds: how long it may take to end before it is killed. MiniStack's own shutdown waits for every stack in
            progress, however long; its state is saved before it is asked to go.
    """

    module: str
    sources: Sequence[str]
    environment: Callable[[Path, int], Mapping[str, str]]
    version: str = ""
    name: str = "emulator"
    stop_seconds: float = 10

    def digest(self) -> str:
        """Return a digest of what it is made of."""
        digest = hashlib.sha256(self.version.encode())
        for source in (CHECKOUT / each for each in self.sources):
            files = (file for file in source.rglob("*") if file.is_file() and file.suffix != ".pyc")
            for file in sorted(files) if source.is_dir() else (source,):
                digest.update(file.read_bytes())
        return digest.hexdigest()


@dataclass(frozen=True)
class ProcessInfo:
    """Record of the running or last process, in a file beside its lock.

    Attributes:
        pid: of the process, which leads its own session; 0 where there was none yet.
        port: where it listens on the loopback address; 0 where there was none yet.
        version: a digest of what it runs.
        account: the AWS account of the last deploy; empty before the first.
    """

    pid: int = 0
    port: int = 0
    version: str = ""
    account: str = ""


class Process:
    """An emulator as a process of this machine.

    It holds a lock on a file for as long as it lives, so that neither a kill nor a process id that the system gave to
    another meanwhile can deceive. It ends by itself when that file is removed.

    Attributes:
        record: file with its :class:`ProcessInfo`.
        log: what it writes while it runs.
    """

    def __init__(self, directory: Path, program: Program) -> None:
        self._program = program
        self._lock_file = directory / f"{program.name}.lock"
        self.record = directory / f"{program.name}.json"
        self._child: subprocess.Popen[bytes] | None = None
        self._log_offset = 0
        self.log = directory / "logs" / f"{program.name}.log"

    @property
    def info(self) -> ProcessInfo:
        """Record of the running or last process; of none where the file is damaged."""
        try:
            known = ProcessInfo(**json.loads(self.record.read_text()))
        except (OSError, ValueError, TypeError):
            return ProcessInfo()
        typed = all(type(getattr(known, each.name)) is type(each.default) for each in fields(ProcessInfo))
        return known if typed else ProcessInfo()

    @info.setter
    def info(self, info: ProcessInfo) -> None:
        unfinished = self.record.with_suffix(".new")
        unfinished.write_text(json.dumps(asdict(info)))
        unfinished.replace(self.record)  # so that a full disk does not leave half a file

    def running(self) -> bool:
        """True while the process runs."""
        try:
            lock = self._lock_file.open()
        except (FileNotFoundError, NotADirectoryError):
            return False
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False

    def outdated(self) -> bool:
        """True when it runs another version of the emulator than this checkout."""
        return self.info.version != self._program.digest()

    def launch(self) -> subprocess.Popen[bytes]:
        """Start it, on the port it had before where that is free."""
        self._reap()
        port, version = _free_port(self.info.port), self._program.digest()
        with self._lock_file.open("w") as lock, self.log.open("ab") as log, _interrupts_later():
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._log_offset = log.tell()
            self._child = subprocess.Popen(  # noqa: S603 - a module of our own
                [sys.executable, "-m", self._program.module],
                cwd=CHECKOUT,
                env=self._program.environment(self._lock_file, port),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[lock.fileno()],  # the lock now lives as long as the process
                start_new_session=True,  # Ctrl-C of a deploy must not take the cloud along
            )
            self.info = replace(self.info, pid=self._child.pid, port=port, version=version)
        return self._child

    def stop(self, first_signal: signal.Signals) -> None:
        """Signal it where it runs, and wait until it is gone, with what it started; kill it when its time is over."""
        pid = self.info.pid
        if pid and self.running():
            with suppress(ProcessLookupError):
                os.kill(pid, first_signal)
                if not self._exited_within(self._program.stop_seconds):
                    os.kill(pid, signal.SIGKILL)
                    self._exited_within(_KILL_SECONDS)
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        self._reap()

    def log_tail(self, lines: int = 15) -> str:
        """The last lines that it wrote since it was launched from here."""
        with self.log.open("rb") as log:
            log.seek(self._log_offset)
            return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])

    def _reap(self) -> None:
        """Reap the child process, so that no zombie stays."""
        if self._child and not self.running():
            self._child.wait()

    def _exited_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.running():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True


@contextmanager
def _interrupts_later() -> Iterator[None]:
    """Hold Ctrl-C back while the block runs, so that no process is started whose id is not written down."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _free_port(preferred: int) -> int:
    """The preferred port where it is free, else one that the system gives."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            # As a server does it: a port that only waits out old connections is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise EmbeddedCloudError(
        "No port is free on 127.0.0.1. End some programs that listen there and run the command again."
    )
