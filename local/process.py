"""The emulator's process: at most one for each directory, known by a lock that ends with it."""

import fcntl
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

from local.environment import emulator_environment
from local.errors import EmbeddedCloudError

ROOT = Path(__file__).resolve().parent.parent

# Its own way out waits for every stack at work, however long. What it knows is saved before it is asked to go.
_PATIENCE_SECONDS = 10


class Process:
    """A process and what is known of it.

    It holds a lock on a file for as long as it lives, so that neither a kill nor a process id that somebody else got
    meanwhile can deceive. What it was started with stands in a file beside.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock_file = directory / "emulator.lock"
        self._record_file = directory / "emulator.json"
        self._child: subprocess.Popen[bytes] | None = None
        self.log = directory / "logs" / "emulator.log"

    def running(self) -> bool:
        """Whether it lives."""
        if not self._lock_file.exists():
            return False
        with self._lock_file.open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False

    def outdated(self) -> bool:
        """Whether it runs what this checkout no longer has."""
        return bool(self.recorded("version") != _version())

    def launch(self) -> subprocess.Popen[bytes]:
        """Start it, on the port it had before where that is free."""
        self._reap()
        port = _free_port(int(self.recorded("port") or 0))
        with self._lock_file.open("w") as lock, self.log.open("ab") as log:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._child = subprocess.Popen(
                [sys.executable, "-m", "local.emulator"],
                cwd=ROOT,
                env=emulator_environment(self._directory, port, ROOT / "node_modules"),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[lock.fileno()],  # the lock now lives as long as the process
                start_new_session=True,  # Ctrl-C of a deploy must not take the cloud along
            )
        self.record(pid=self._child.pid, port=port, version=_version())
        return self._child

    def end(self, how: signal.Signals) -> None:
        """Signal it until it is gone: as asked, and after some patience with force."""
        group = self.recorded("pid")  # it leads its own session, with the workers of its Lambdas
        os.kill(group, how)
        if not self._gone_within(_PATIENCE_SECONDS):
            os.kill(group, signal.SIGKILL)
            self._gone_within(_PATIENCE_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
        self._reap()

    def recorded(self, name: str) -> Any:
        """What is known of it, or of the last one."""
        return self._read().get(name)

    def record(self, **facts: Any) -> None:
        """Remember facts about it."""
        draft = self._record_file.with_suffix(".draft")
        draft.write_text(json.dumps(self._read() | facts))
        draft.replace(self._record_file)  # so that a full disk does not leave half a record

    def last_words(self, lines: int = 15) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _read(self) -> dict[str, Any]:
        try:
            return dict(json.loads(self._record_file.read_text()))
        except (FileNotFoundError, ValueError):
            return {}

    def _reap(self) -> None:
        """Take leave of a child that has ended."""
        if self._child and not self.running():
            self._child.wait()

    def _gone_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.running():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True


def _version() -> str:
    """What the emulator is made of."""
    digest = hashlib.sha256(metadata.version("ministack").encode())
    for file in sorted((ROOT / "local" / "emulator").rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _free_port(preferred: int) -> int:
    """The preferred port where nobody has it, else one that the system gives."""
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
