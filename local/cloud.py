"""The embedded cloud: an AWS on loopback, with all that it writes in one directory."""

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
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

from local.environment import SECRET_KEY, client_environment
from local.errors import EmbeddedCloudError
from local.process import ROOT, Process

_FOLDERS = ("state", "objects", "logs", "home", "tmp")
_FREE_BYTES = 500 * 1024**2
_START_SECONDS = 90
_ACCOUNT = "000000000000"


class EmbeddedCloud:
    """An AWS on this machine. Its state survives a restart, until :meth:`wipe`.

    Attributes:
        directory: where it keeps its state, its logs and a home of its own.
    """

    def __init__(self, directory: Path = ROOT / ".embedded") -> None:
        self.directory = directory
        self._process = Process(directory)

    @property
    def endpoint(self) -> str:
        """Where it answers, for every service."""
        return f"http://127.0.0.1:{self._process.recorded('port')}"

    @property
    def account(self) -> str:
        """The account of the last deploy. Any other works as well: each account is a cloud of its own."""
        return str(self._process.recorded("account") or _ACCOUNT)

    @account.setter
    def account(self, account: str) -> None:
        self._process.record(account=account)

    @property
    def log(self) -> Path:
        """What its process writes while it runs."""
        return self._process.log

    def running(self) -> bool:
        """Whether its process lives."""
        return self._process.running()

    def start(self) -> bool:
        """Start it where it does not run yet, or runs what this checkout no longer has.

        Returns:
            Whether it had to be started.

        Raises:
            EmbeddedCloudError: it does not come up, or the disk is full.
        """
        if self.running() and self._process.outdated():
            self.stop()
        if self.running():
            self._wait_until_ready()
            return False
        for folder in _FOLDERS:
            (self.directory / folder).mkdir(parents=True, exist_ok=True)
        self.check_disk()
        for _ in range(3):  # between the choice of a free port and its use somebody else may take it
            if self._wait_until_ready(self._process.launch()):
                return True
        raise EmbeddedCloudError(
            f"The embedded cloud does not start. Its last words, from {self.log}:\n{self._process.last_words()}\n"
            "If they do not help, `make destroy` removes its state and the next `make deploy` begins anew."
        )

    def save(self) -> None:
        """Write its state to disk now, so that not even a kill loses it.

        Raises:
            EmbeddedCloudError: the disk does not take it.
        """
        errors = self.ask("save")
        if errors:
            raise EmbeddedCloudError(
                f"The embedded cloud cannot write its state to {self.directory / 'state'}: {errors[0]}. "
                "What is deployed works until it stops. Free some space and run the command again."
            )

    def stop(self) -> None:
        """Stop it and keep its state."""
        if self.running():
            try:
                self.save()
            finally:
                self._process.end(signal.SIGTERM)

    def wipe(self) -> int:
        """Stop it and remove its directory. Returns the bytes that were freed."""
        if self.running():
            self._process.end(signal.SIGKILL)
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

    def ask(self, question: str, said: object = None) -> Any:
        """Ask the emulator what only its owner asks: ``save``, ``support``, ``pid``, or tell it of an ``event``."""
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        body = None if said is None else json.dumps(said).encode()
        with direct.open(f"{self.endpoint}/_embedded/{question}", body, timeout=60) as answer:
            return json.load(answer)

    def happen(self, source: str, kind: str, detail: Mapping[str, Any], region: str = "us-east-1") -> None:
        """Let a service of AWS tell of an event, such as a finding."""
        event = {"Source": source, "DetailType": kind, "Detail": json.dumps(detail)}
        self.ask("event", {**event, "Account": self.account, "Region": region})

    def environment(self, region: str = "us-east-1") -> dict[str, str]:
        """The environment of a command that shall see this cloud and can see no other."""
        return client_environment(self.endpoint, self.account, region, self.directory)

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """A boto3 client of this cloud, whatever the user's environment says."""
        return _client(self.endpoint, self.account, service, region)

    @contextmanager
    def reserved(self, purpose: str) -> Iterator[None]:
        """Keep everybody else from deploying or destroying meanwhile.

        Raises:
            EmbeddedCloudError: somebody else is at it.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / "busy.lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                raise EmbeddedCloudError(
                    f"Another command is at work on the embedded cloud in {self.directory}: {lock.read().strip()}. "
                    "Wait for it to end, or end it with Ctrl-C where it runs; then run this one again."
                ) from None
            lock.truncate(0)
            lock.write(f"{purpose}, process {os.getpid()}")
            lock.flush()
            yield

    def _wait_until_ready(self, started: subprocess.Popen[bytes] | None = None) -> bool:
        """Wait for the emulator's answer. Returns whether it came, and False where the process ended instead."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if started and started.poll() is not None:
                return False
            try:
                if self.ask("pid") == self._process.recorded("pid"):
                    return True
            except (OSError, ValueError):  # nobody answers yet, or somebody else does
                time.sleep(0.1)
        raise EmbeddedCloudError(
            f"The embedded cloud (process {self._process.recorded('pid')}) does not answer at {self.endpoint}. "
            f"Its log is {self.log}. `make destroy` ends it and removes its state; the next `make deploy` begins anew."
        )


@cache
def _client(endpoint: str, account: str, service: str, region: str) -> Any:
    # A profile of the user's, or a file of theirs, must not even be looked for.
    nobody = botocore.session.Session(
        {"profile": (None, None, None, None)}
        | dict.fromkeys(("config_file", "credentials_file"), (None, None, os.devnull, None))
    )
    return boto3.Session(botocore_session=nobody).client(
        service,  # type: ignore[call-overload]
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=account,
        aws_secret_access_key=SECRET_KEY,
        config=Config(s3={"addressing_style": "path"}, proxies={}),
    )
