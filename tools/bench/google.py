"""Deploys to the embedded Google Cloud that are compared: ``make deploy CLOUD=gcp``, and Terraform alone.

    python -m tools.bench --what google --providers <filesystem mirror> --charts <folder of archives>

``python -m tools.bench.google FOLDER ENVIRONMENT PROVIDERS CHARTS`` deploys into a cloud of its own.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from admin.archives import archive_in, keep
from admin.bootstrap.gcp.needs import read
from admin.bootstrap.gcp.steps import prepare
from admin.charts import put_missing
from admin.deploy import deploy
from admin.gcp.connection import Connection, connect_embedded
from assembly import Assembly
from assembly.process_environment import without_user_settings
from errors import exit_on_error
from local.gcp.cloud import EmbeddedGoogleCloud
from local.terraform import working_copy
from local.terraform.environment import deploy_environment
from local.terraform.providers import Providers
from local.terraform.terraform import Terraform, mirror
from tools.bench.processes import ProcessTree, Run, measure
from tools.bench.synth import ROOT, Measurement

BARE = "google: terraform apply of both stacks"
COLD = "google: cold"
UNCHANGED = "google: unchanged"
SERVER = "google server: peak of these deploys"


@contextmanager
def google_measurements(
    environment: str, folder: Path, *, providers: Path, charts: Path
) -> Iterator[Mapping[str, Measurement]]:
    """Yield the measurements of each round, in this order; the embedded Google Cloud is removed afterwards.

    It is a cloud of its own in ``folder``: whatever ``make deploy CLOUD=gcp`` has deployed stays as it is.
    """
    cloud = EmbeddedGoogleCloud(folder)
    arguments = [str(folder), environment, str(providers), str(charts)]

    def deployed() -> Run:
        command = [sys.executable, "-m", "tools.bench.google", *arguments]
        return measure(command, folder=ROOT, environment=without_user_settings(), tree=ProcessTree())

    def cold() -> Run:
        cloud.wipe()
        return deployed()

    def bare() -> Run:
        cloud.wipe()
        return _bare(cloud, environment, providers, charts)

    def server() -> Run:
        status = Path("/proc", str(cloud.control("pid")), "status").read_text()
        return Run(0.0, 0.0, int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024)

    try:
        yield {BARE: bare, COLD: cold, UNCHANGED: deployed, SERVER: server}
    finally:
        cloud.wipe()


def _bare(cloud: EmbeddedGoogleCloud, environment: str, providers: Path, charts: Path) -> Run:
    """Return what Terraform alone needs, with all that comes before it done already."""
    assembly = working_copy.update(cloud)
    installed = Providers(cloud)
    installed.home.mkdir(parents=True, exist_ok=True)
    terraform = Terraform(installed.home, mirror(providers))
    cloud.start()
    connection = connect_embedded(cloud)
    list(prepare(connection, read(assembly.folder)))
    list(keep(cloud.directory / "charts", charts))
    runs = []
    for name in ("gcp-shared", f"gcp-{environment}"):
        stack = assembly.stack(name)
        installed.install(terraform, stack)
        variables = deploy_environment(cloud)
        terraform.run(stack.file.parent, "init", "-input=false", environment=variables)
        command = ["terraform", f"-chdir={stack.file.parent}", "apply", "-auto-approve", "-input=false", "-no-color"]
        runs.append(measure(command, folder=ROOT, environment=variables, tree=ProcessTree()))
        _put_charts(cloud, connection, assembly)
    return Run(
        sum(run.seconds for run in runs), sum(run.cpu_seconds for run in runs), max(run.peak_mib for run in runs)
    )


def _put_charts(cloud: EmbeddedGoogleCloud, connection: Connection, assembly: Assembly) -> None:
    archives = cloud.directory / "charts"
    list(put_missing(connection, assembly.folder, lambda chart: archive_in(archives, chart).read_bytes()))


def main(folder: str, environment: str, providers: str, charts: str) -> None:
    """Deploy an environment."""
    with exit_on_error():
        deploy(
            EmbeddedGoogleCloud(Path(folder)), environment, Console(), providers=Path(providers), charts=Path(charts)
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
