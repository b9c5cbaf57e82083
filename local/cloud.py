"""The embedded cloud: an AWS on loopback, with all that it writes in one directory."""

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import botocore.session
from boto3.session import Session
from botocore.config import Config

from assembly.revisions import CHECKOUT
from local.embedded import Embedded
from local.emulator.clock import checked
from local.environment import SECRET_KEY, client_environment, emulator_environment
from local.errors import EmbeddedCloudError
from local.process import Program

_ACCOUNT = "000000000000"


class EmbeddedCloud(Embedded):
    """An AWS on this machine. Its state survives a restart, until :meth:`wipe`.

    Its emulator takes these commands: ``save``, ``support``, ``refusals``, ``pid``, ``event`` with the event,
    ``iam`` with whether to enforce it, ``rest-alarms`` with the seconds for which it evaluates no alarm, and ``clock``
    with the factor to set, or with none for the factor that is set.
    """

    name = "The embedded cloud"
    destroy = "make destroy"
    folders = ("state", "objects", "logs", "home", "tmp")

    def __init__(self, directory: Path = CHECKOUT / ".embedded" / "aws") -> None:
        program = Program(
            module="local.emulator",
            sources=("local/emulator", "local/functions", "local/watchdog.py"),
            version=metadata.version("ministack"),
            environment=lambda lock, port: emulator_environment(directory, lock, port, CHECKOUT / "node_modules"),
        )
        super().__init__(directory, program)

    @property
    def account(self) -> str:
        """The account of the last deploy. Any other works as well: each account is a cloud of its own."""
        return self._process.info.account or _ACCOUNT

    @account.setter
    def account(self, account: str) -> None:
        self._process.info = replace(self._process.info, account=account)

    @property
    def clock(self) -> int:
        """Factor by which AWS's own waits are shorter than on AWS, 1 at first; :mod:`local.emulator.clock` lists them.

        It may be set while the cloud runs; the body follows within seconds. A restart keeps it.

        Raises:
            EmbeddedCloudError: it is set to a factor that is not allowed.
        """
        return int(self.control("clock"))

    @clock.setter
    def clock(self, factor: int) -> None:
        self.control("clock", checked(factor))

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

    def enforce_iam(self, enforced: bool) -> bool:
        """Refuse what no policy allows, or allow everything again, which it does when it starts.

        The CDK CLI assumes the roles of its bootstrap stack, which MiniStack refuses it, so deploys need it off.

        Returns:
            Whether it was enforced before.
        """
        return bool(self.control("iam", enforced))

    def stop(self) -> None:
        """Stop it and keep its state.

        Raises:
            EmbeddedCloudError: the disk does not take the state; it is stopped all the same.
        """
        if self.running():
            try:
                self.save()
            finally:
                super().stop()

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


@cache
def _client(endpoint: str, account: str, service: str, region: str) -> Any:
    return _new_client(endpoint, account, service, region)


def _new_client(endpoint: str, account: str, service: str, region: str, config: Config | None = None) -> Any:
    return create_client(session(), service, client_options(endpoint, account, region, config))


def session() -> Session:
    """Return a session of boto3 that reads no file of the user's: it does not even look for a profile."""
    without_files = botocore.session.Session(
        {"profile": (None, None, None, None)}
        | dict.fromkeys(("config_file", "credentials_file"), (None, None, os.devnull, None))
    )
    return Session(botocore_session=without_files)


def create_client(session: Session, service: str, options: Mapping[str, Any]) -> Any:
    """Return a boto3 client of a service, whose name need not be known to a type checker."""
    # boto3's stubs have an overload for the literal name of each service, and none for a name of any other type.
    return session.client(service, **options)  # type: ignore[call-overload]


def client_options(endpoint: str, account: str, region: str, config: Config | None = None) -> dict[str, Any]:
    """Return the arguments of a boto3 client that is the owner of an account of an embedded cloud."""
    return {
        "region_name": region,
        "endpoint_url": endpoint,
        "aws_access_key_id": account,
        "aws_secret_access_key": SECRET_KEY,
        "config": (config or Config()).merge(Config(s3={"addressing_style": "path"}, proxies={})),
    }
