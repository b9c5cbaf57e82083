"""An environment with a body: deployed and released as a person does it, and used by what the deploy prints."""

import io
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
import typer
from rich.console import Console
from typer.testing import CliRunner, Result

from admin import aws as admin_aws
from admin import release
from assembly import open_assembly
from local.body.body import Body, Row, Status
from local.body.programs import reference_service
from local.body.serving import Serving
from local.cloud import EmbeddedCloud
from local.deployment import deploy
from tests.local.body.waiting import wait_for

ENTITIES = "/api/v1/graph/entities"
_MINUTE = 60
# A release bakes for a quarter of an hour. Faster, and beside other tests, the probe of a minute does not end in time.
CLOCK = 6
# The alarms have judged a clock that was set by then.
_MINUTES = 3
_CURL = Path(__file__).with_name("curl.py")


class Served:
    """Environment that answers.

    Attributes:
        name: of the environment.
        cloud: the embedded AWS.
        body: serves it.
        printed: by the last deploy.
    """

    def __init__(self, cloud: EmbeddedCloud, assembly: Path, account: str, name: str = "prod") -> None:
        self.name = name
        self.cloud = cloud
        self.body = Body(cloud)
        self.printed = ""
        self._assembly = assembly
        self.cloud.start()
        self.cloud.account = account

    def deploy(self) -> str:
        """Deploy as `make deploy` does; return what it prints."""
        printed = io.StringIO()
        console = Console(file=printed, width=200)
        serving = Serving(self.cloud, self.body, self.name, "", console)
        stacks = ("GoodiesDelivery", f"Goodies{self.name.title()}")
        deploy(self.cloud, stacks, console, open_assembly(self._assembly), serving=serving)
        self.printed = printed.getvalue()
        return self.printed

    def release(self) -> str:
        """Release as `make release` does; return the tag."""
        tag = reference_service().release
        ended = self.administer(release.main, "--tag", tag)
        assert ended.exit_code == 0, ended.output
        return tag

    def wait_for_probes(self) -> None:
        """Wait until a clock that has just been set has probes in its minutes: without, alarms keep releases off."""
        time.sleep(_MINUTES * _MINUTE / self.cloud.clock)
        prefix = f"Goodies{self.name.title()}-Deployment-"
        cloudwatch = self.cloud.client("cloudwatch")
        wait_for(lambda: not cloudwatch.describe_alarms(AlarmNamePrefix=prefix, StateValue="ALARM")["MetricAlarms"])

    def administer(self, main: Callable[..., None], *options: str) -> Result:
        """Run a command of ``admin`` for the environment on this cloud."""
        app = typer.Typer()
        app.command()(main)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(admin_aws, "EmbeddedCloud", lambda: self.cloud)
            patch.setenv("COLUMNS", "200")  # so that no name in a table is folded
            return CliRunner().invoke(app, ["--env", self.name, *options])

    def end(self) -> None:
        """End all processes, and remove what they keep."""
        self.body.wipe()
        self.cloud.wipe()

    @property
    def url(self) -> str:
        """Address that the last deploy printed."""
        found = re.search(r"http://127\.0\.0\.1:\d+(?=\. Log in| answers 503)", self.printed)
        assert found, self.printed
        return found[0]

    def commands(self) -> list[str]:
        """Return the lines that the last deploy printed to be copied: a log-in, a write and a read."""
        lines = self.printed.partition("Log in, write, read:\n")[2].splitlines()
        return [line for line in lines if line.startswith("  ")]

    def copy_and_paste(self) -> list[str]:
        """Run the printed lines in a shell; return what the write and the read answer."""
        log_in, write, read = self.commands()
        curl = "" if shutil.which("curl") else f'curl() {{ "{sys.executable}" "{_CURL}" "$@"; }}\n'
        script = f"{curl}{log_in}\n{write}\necho\n{read}\n"
        done = subprocess.run(["bash", "-euc", script], capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def session(self) -> requests.Session:
        """Return a client that is logged in."""
        client = requests.Session()
        answer = client.post(f"{self.url}/api/v1/auth/admin/login", json={"password": self.password}, timeout=60)
        answer.raise_for_status()
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return client

    @property
    def password(self) -> str:
        """The administrator's."""
        return (self.body.directory / f"admin-password-{self.name}").read_text()

    def status(self) -> Status:
        """Return what the body says of itself."""
        status = self.body.status()
        assert status
        return status

    def processes(self, beginning: str) -> list[Row]:
        """Return the processes whose names begin so."""
        return [row for row in self.status().processes if row.name.startswith(beginning)]

    def listeners(self) -> list[str]:
        """Return the addresses of the load balancers, which none but the CDN is to use."""
        ports: dict[str, int] = json.loads((self.body.directory / "ports.json").read_text())
        return [f"127.0.0.1:{port}" for name, port in ports.items() if name.startswith("app/")]
