"""Base of the embedded clouds: an emulator on loopback, with all that it writes in one directory."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from assembly.environment_files import environment_names
from local.errors import EmbeddedCloudError
from local.process import Process, Program

CONTROL_PATH = "/_embedded/"
_FREE_BYTES = 500 * 1024**2
_START_SECONDS = 90


def require_environment(environment: str, command: str) -> None:
    """Refuse an environment that there is not.

    Args:
        environment: that a person typed.
        command: in which, for the example.

    Raises:
        EmbeddedCloudError: there is none of the name.
    """
    known = environment_names()
    if environment not in known:
        raise EmbeddedCloudError(
            f"ENV: given {environment!r}; allowed are {', '.join(known)}, the files of environments/. "
            f"For example: {command} ENV={known[0]}"
        )


class Embedded:
    """A cloud on this machine. Its state survives a restart, until :meth:`wipe`.

    Args:
        directory: where it keeps its state, its logs and a home of its own.
        program: its emulator.

    Attributes:
        name: what messages call it.
        destroy: the command that removes it.
        folders: what is made in the directory before it starts.
        answer_seconds: how long it may take to answer its owner.
        directory: where it keeps its state, its logs and a home of its own.
    """

    name: ClassVar[str]
    destroy: ClassVar[str]
    folders: ClassVar[tuple[str, ...]]
    answer_seconds: ClassVar[float] = 60

    def __init__(self, directory: Path, program: Program) -> None:
        self.directory = directory
        self._process = Process(directory, program)

    @property
    def endpoint(self) -> str:
        """URL of its emulator."""
        return f"http://127.0.0.1:{self._process.info.port}"

    @property
    def log(self) -> Path:
        """Log file of its process."""
        return self._process.log

    def running(self) -> bool:
        """True while its process runs."""
        return self._process.running()

    def current(self) -> bool:
        """True while its process runs, of the version that this checkout has."""
        return self.running() and not self._process.outdated()

    def known(self) -> bool:
        """True where the record of its process can be read."""
        return bool(self._process.info.pid)

    def start(self) -> bool:
        """Start it where it does not run yet, or runs another version than this checkout has.

        Returns:
            Whether it had to be started.

        Raises:
            EmbeddedCloudError: it does not come up, or the disk is full.
        """
        if self.running() and not self.known():
            raise EmbeddedCloudError(
                f"{self.name} runs, and its record {self._process.record} is damaged. `{self.destroy}` "
                "ends it and removes its state; then run the command again."
            )
        if self.running() and self._process.outdated():
            self.stop()
        if self.running():
            self._wait_until_ready()
            return False
        for folder in (self.directory / each for each in self.folders):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)  # the state holds secrets
        self.check_disk()
        self.prepare()
        for _ in range(3):  # another process may take the free port before it is used
            if self._wait_until_ready(self._process.launch()):
                return True
        raise EmbeddedCloudError(
            f"{self.name} does not start. The end of its log, {self.log}:\n{self._process.log_tail()}\n"
            f"Correct the cause and run the command again. If the state itself is broken, `{self.destroy}` removes it."
        )

    def prepare(self) -> None:
        """Make and check what the emulator finds in its directory; called each time before it starts."""

    def stop(self) -> None:
        """Stop it and keep its state."""
        self._process.stop(signal.SIGTERM)

    def wipe(self) -> int:
        """Stop it and remove its directory. Returns the bytes that were freed."""
        self._process.stop(signal.SIGKILL)
        size = sum(file.lstat().st_size for file in self.directory.rglob("*") if not file.is_dir())
        shutil.rmtree(self.directory, ignore_errors=True)
        return size

    def check_disk(self) -> None:
        """Refuse to go on where the disk has no room.

        Raises:
            EmbeddedCloudError: too little is free.
        """
        free = shutil.disk_usage(self.directory).free
        if free < _FREE_BYTES:
            raise EmbeddedCloudError(
                f"The disk is full: {free // 1024**2} MB are free where {self.directory} lies, and the embedded cloud "
                f"wants {_FREE_BYTES // 1024**2} MB. Free some space and run the command again; it goes on from there."
            )

    def control(self, command: str, argument: object = None) -> Any:
        """Send the emulator a request of its owner.

        Args:
            command: one that the emulator has; each has ``pid``.
            argument: what the command takes, as JSON.
        """
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        body = None if argument is None else json.dumps(argument).encode()
        request = urllib.request.Request(f"{self.endpoint}{CONTROL_PATH}{command}", body, self.control_headers())  # noqa: S310
        with direct.open(request, timeout=self.answer_seconds) as answer:
            return json.load(answer)

    def control_headers(self) -> Mapping[str, str]:
        """Return the headers of its owner's requests."""
        return {}

    @contextmanager
    def lock(self, purpose: str) -> Iterator[None]:
        """Keep other commands from deploying, stopping or destroying while the block runs.

        Args:
            purpose: what the block does, for the message to the other command.

        Raises:
            EmbeddedCloudError: another command holds the lock, or a file is where the directory should be.
        """
        if self.directory.exists() and not self.directory.is_dir():
            raise EmbeddedCloudError(
                f"{self.directory} is a file, and the embedded cloud keeps its state in a folder of that name. Remove "
                "it and run the command again."
            )
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / "busy.lock").open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                who = file.read().strip() or "one that has just begun"
                raise EmbeddedCloudError(
                    f"Another command is at work on the embedded cloud in {self.directory}: {who}. "
                    "Wait for it to end, or end it with Ctrl-C where it runs; then run this one again."
                ) from None
            file.truncate(0)
            file.write(f"{purpose}, process {os.getpid()}")
            file.flush()
            yield

    def _wait_until_ready(self, started: subprocess.Popen[bytes] | None = None) -> bool:
        """Wait for the emulator's answer. Returns whether it came, and False where the process ended instead."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if started and started.poll() is not None:
                return False
            try:
                if self.control("pid") == self._process.info.pid:
                    return True
            except (OSError, ValueError):  # no answer yet, or another program's
                time.sleep(0.1)
        raise EmbeddedCloudError(
            f"{self.name} (process {self._process.info.pid}) does not answer at {self.endpoint}. "
            f"Its log is {self.log}. `{self.destroy}` ends it and removes its state; then run the command again."
        )
