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
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
from boto3.session import Session
from botocore.config import Config

from assembly.revisions import CHECKOUT
from local.environment import SECRET_KEY, client_environment
from local.errors import EmbeddedCloudError
from local.process import Process

_FOLDERS = ("state", "objects", "logs", "home", "tmp")
_FREE_BYTES = 500 * 1024**2
_START_SECONDS = 90
_ACCOUNT = "000000000000"


class EmbeddedCloud:
    """An AWS on this machine. Its state survives a restart, until :meth:`wipe`.

    Attributes:
        directory: where it keeps its state, its logs and a home of its own.
    """

    def __init__(self, directory: Path = CHECKOUT / ".embedded") -> None:
        self.directory = directory
        self._process = Process(directory)

    @property
    def endpoint(self) -> str:
        """Endpoint URL of all services."""
        return f"http://127.0.0.1:{self._process.info.port}"

    @property
    def account(self) -> str:
        """The account of the last deploy. Any other works as well: each account is a cloud of its own."""
        return self._process.info.account or _ACCOUNT

    @account.setter
    def account(self, account: str) -> None:
        self._process.info = replace(self._process.info, account=account)

    @property
    def log(self) -> Path:
        """Log file of its process."""
        return self._process.log

    def running(self) -> bool:
        """True while its process runs."""
        return self._process.running()

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
                f"The embedded cloud runs, and its record {self.directory / 'emulator.json'} is damaged. `make "
                "destroy` ends it and removes its state; then run the command again."
            )
        if self.running() and self._process.outdated():
            self.stop()
        if self.running():
            self._wait_until_ready()
            return False
        for folder in _FOLDERS:
            (self.directory / folder).mkdir(parents=True, exist_ok=True)
        self.check_disk()
        for _ in range(3):  # another process may take the free port before it is used
            if self._wait_until_ready(self._process.launch()):
                return True
        raise EmbeddedCloudError(
            f"The embedded cloud does not start. The end of its log, {self.log}:\n{self._process.log_tail()}\n"
            "Correct the cause and run the command again. If the state itself is broken, `make destroy` removes it."
        )

    def save(self) -> None:
        """Write its state to disk now, so that not even a kill loses it.

        Raises:
            EmbeddedCloudError: the disk does not take it.
        """
        errors = self.control("save")
        if errors:
            raise EmbeddedCloudError(
                f"The embedded cloud cannot write its state to {self.directory / 'state'}: {errors[0]}. "
                "What is deployed works until it stops. Free some space and run the command again."
            )

    def stop(self) -> None:
        """Stop it and keep its state.

        Raises:
            EmbeddedCloudError: the disk does not take the state; it is stopped all the same.
        """
        if self.running():
            try:
                self.save()
            finally:
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
        """Send the emulator a request: ``save``, ``support``, ``refusals``, ``pid``, or ``event`` with the event."""
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        body = None if argument is None else json.dumps(argument).encode()
        with direct.open(f"{self.endpoint}/_embedded/{command}", body, timeout=60) as answer:
            return json.load(answer)

    def put_event(self, source: str, detail_type: str, detail: Mapping[str, Any], region: str = "us-east-1") -> None:
        """Publish an event as a service of AWS, such as a finding of GuardDuty."""
        event = {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail)}
        self.control("event", {**event, "Account": self.account, "Region": region})

    def environment(self, region: str = "us-east-1") -> dict[str, str]:
        """The environment of a command that sees this cloud and no other."""
        return client_environment(self.endpoint, self.account, region, self.directory)

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """A boto3 client of this cloud, whatever the user's environment says."""
        return _client(self.endpoint, self.account, service, region)

    def new_client(self, service: str, region_name: str = "us-east-1", config: Config | None = None) -> Any:
        """The same, and nobody else has it; ``region_name`` and ``config`` as boto3 has them."""
        return _new_client(self.endpoint, self.account, service, region_name, config)

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
            f"The embedded cloud (process {self._process.info.pid}) does not answer at {self.endpoint}. "
            f"Its log is {self.log}. `make destroy` ends it and removes its state; then run the command again."
        )


@cache
def _client(endpoint: str, account: str, service: str, region: str) -> Any:
    return _new_client(endpoint, account, service, region)


def _new_client(endpoint: str, account: str, service: str, region: str, config: Config | None = None) -> Any:
    # A profile of the user's, or a file of theirs, must not even be looked for.
    without_files = botocore.session.Session(
        {"profile": (None, None, None, None)}
        | dict.fromkeys(("config_file", "credentials_file"), (None, None, os.devnull, None))
    )
    return Session(botocore_session=without_files).client(
        service,  # type: ignore[call-overload]
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=account,
        aws_secret_access_key=SECRET_KEY,
        config=(config or Config()).merge(Config(s3={"addressing_style": "path"}, proxies={})),
    )
