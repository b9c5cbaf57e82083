"""Serving of an environment: what a deploy does with the body before, while and after the stacks are deployed."""

import platform
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console

from assembly import Stack
from local.body import programs
from local.body.body import PROGRAMS, Body, Settings, Status
from local.body.deployed import Place
from local.body.password import AdminPassword
from local.body.programs import Application
from local.body.report import show_service
from local.cloud import EmbeddedCloud
from local.errors import EmbeddedCloudError

# Problems that pass, such as a process that is started again, have gone or changed by then.
_PROBLEM_SECONDS = 30
# What is under way comes further by then; a target needs some health checks, of which one may take half a minute.
_WAITING_SECONDS = 180


class Serving:
    """Serves an environment: first :meth:`start`, then :meth:`begin`, and after the stacks :meth:`wait`, :meth:`show`.

    Args:
        cloud: what is deployed to.
        body: of that cloud.
        environment: such as ``prod``.
        application: checkout of the application that tasks run; empty for the reference service.
        console: where to show how it goes.
    """

    def __init__(self, cloud: EmbeddedCloud, body: Body, environment: str, application: str, console: Console) -> None:
        self._cloud = cloud
        self._environment = environment
        self._checkout = str(Path(application).expanduser().resolve()) if application else ""
        self._console = console
        self._body = body
        self._password = AdminPassword(cloud, environment, self._body.directory)
        self._status = Status()
        self._lines: Sequence[str] = ()
        self._since = time.monotonic()
        self._installed: Future[Application] = Future()

    def start(self) -> None:
        """Start the body where it does not run yet, and begin to install the application.

        Raises:
            EmbeddedCloudError: it does not come up, the disk is full, a program is missing on this platform, or the
                application is none.
        """
        if missing := [package for module, package in PROGRAMS.items() if find_spec(module) is None]:
            raise EmbeddedCloudError(
                f"There is no {' and no '.join(missing)} for {platform.platform(terse=True)}, so nothing can be served "
                "here: `make deploy BODY=0` deploys templates only."
            )
        # It takes as long as some stacks do, and nothing needs it before a release.
        pool = ThreadPoolExecutor(max_workers=1)
        self._installed = pool.submit(programs.find, self._checkout, self._body.directory / "applications")
        pool.shutdown(wait=False)
        self._body.start()
        if self._installed.done():
            self._installed.result()

    def begin(self, stacks: Sequence[Stack]) -> None:
        """Serve what comes up while the stacks are deployed."""
        self._password.set_first()
        places = {Place(stack.account, stack.region) for stack in stacks} | {*self._body.settings().places}
        self._body.reconcile(Settings(places=sorted(places), application=self._checkout))

    def wait(self) -> None:
        """Enforce IAM, and wait until what is deployed is served.

        Raises:
            EmbeddedCloudError: something keeps it from being served, the body from answering, or the application from
                being installed.
        """
        self._password.set_first()
        self._cloud.enforce_iam(True)
        number = self._body.reconcile(self._body.settings())
        with self._console.status("Starting what is deployed") as shown:
            for status in self._body.until_served(number):
                shown.update("; ".join(status.waiting) or "Starting what is deployed")
                lines = (*status.problems, *status.waiting)
                if lines != self._lines:
                    self._lines, self._since = lines, time.monotonic()
                self._status = status
                limit = _PROBLEM_SECONDS if status.problems else _WAITING_SECONDS
                if time.monotonic() - self._since > limit:
                    break
        with self._console.status("Installing the application"):
            self._installed.result()
        if self._lines:
            raise EmbeddedCloudError(
                "All stacks are deployed, and not all of it is served:\n"
                + "\n".join(f"  {line}" for line in self._lines)
                + "\nIt goes on trying: `make status` says how it stands. Correct the cause, or run the command again."
            )

    def show(self, stacks: Sequence[Stack]) -> None:
        """Print what answers, where, and what to try."""
        application = self._installed.result()
        show_service(
            self._cloud,
            self._environment,
            stacks,
            status=self._status,
            application=application,
            password=self._password,
            console=self._console,
        )
