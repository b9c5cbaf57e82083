"""``make deploy CLOUD=gcp`` with a fake Terraform and a fake CLI: order, refusals, and what is left when it fails."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import pytest
from rich.console import Console

from admin import deploy as command
from admin.archives import archive_in, keep
from admin.charts import FILE, charts
from local.errors import EmbeddedCloudError, PrerequisiteError
from local.gcp.cloud import EmbeddedGoogleCloud
from local.terraform import deployment, working_copy
from tests.local.terraform import fake_tools

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="refused there before anything else")
PROVIDERS = {"google": "6.50.0", "helm": "3.1.1", "kubernetes": "2.38.0", "random": "3.7.2"}

# The deploy of a stack that is there already, by a command that can be killed.
_APPLY = """
import json, sys
from pathlib import Path
from rich.console import Console
from assembly import open_assembly
from local.terraform import deployment, working_copy
from local.gcp.cloud import EmbeddedGoogleCloud
from local.terraform.environment import deploy_environment
from local.terraform.progress import TerraformProgress
cloud = EmbeddedGoogleCloud(Path(sys.argv[1]))
deployment.CDKTF = tuple(json.loads(sys.argv[2]))
stack = open_assembly(working_copy.folder(cloud)).stack("gcp-shared")
console = Console()
deployment.apply(
    cloud, stack, TerraformProgress(["gcp-shared"], console), console, environment=deploy_environment(cloud)
)
"""


class Machine:
    """A machine with Terraform, providers and charts, and no network.

    Attributes:
        cloud: the embedded Google Cloud of its checkout.
        providers: filesystem mirror.
        charts: archives, with other contents than their pages have.
        programs: of the PATH, before all others.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cloud = EmbeddedGoogleCloud(folder / "gcp")
        self.programs = folder / "bin"
        self.calls = fake_tools.write_terraform(self.programs)
        self.providers = fake_tools.write_mirror(folder / "mirror", versions=PROVIDERS)
        self.charts: Path | None = folder / "charts"
        self.charts.mkdir()
        for chart in charts():
            archive_in(self.charts, chart).write_bytes(b"an archive")
        self.deployed = folder / "deployed"
        self.deployed.mkdir()
        self._monkeypatch = monkeypatch
        monkeypatch.setenv("PATH", f"{self.programs}{os.pathsep}{os.environ['PATH']}")
        # What is reached nowhere, for pages that are asked all the same.
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
        self.behave("create")

    def behave(self, behaviour: str, marker: Path | None = None) -> None:
        """Let the CLI behave in a way from now on."""
        cli = (sys.executable, fake_tools.__file__, behaviour, str(marker or self.deployed))
        self._monkeypatch.setattr(deployment, "CDKTF", cli)

    def deploy(self, *, environment: str = "dev", typed: bool = True) -> str:
        """Deploy, and return what is printed."""
        screen = StringIO()
        command.deploy(
            self.cloud,
            environment,
            Console(file=screen, width=200),
            providers=self.providers if typed else None,
            charts=self.charts if typed else None,
        )
        return screen.getvalue()

    def of_cli(self, stack: str) -> Any:
        """Return options and environment of the CLI's run for a stack."""
        return json.loads((self.deployed / stack).read_text())


THEIRS = {
    "GOOGLE_APPLICATION_CREDENTIALS": "/their/key.json",
    "GOOGLE_PROJECT": "their-project",
    "CLOUDSDK_CONFIG": "/their/gcloud",
    "TF_VAR_release": "1.0.0-abcdef0",
    "TF_CLI_ARGS": "-lock=false",
    "KUBECONFIG": "/their/kubeconfig",
    "KUBE_CONFIG_PATH": "/their/kubeconfig",
    "HELM_REGISTRY_CONFIG": "/their/registry",
    "ALL_PROXY": "http://their-proxy",
    "NO_PROXY": "googleapis.com",
    "HOME": "/their/home",
    "AWS_PROFILE": "their-profile",
    "NODE_OPTIONS": "--require=/their/code.js",
}


@pytest.fixture
def machine(tmp_path: Path, gcp_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    monkeypatch.setattr(working_copy, "checked_assembly", lambda _: gcp_folder)
    found = Machine(tmp_path, monkeypatch)
    yield found
    found.cloud.wipe()


class Deployed(NamedTuple):
    """A machine after a first deploy and a second, with what both printed, and what the synthesis was before."""

    machine: Machine
    first: str
    second: str
    synthesized: Mapping[Path, int]


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory, gcp_folder: Path) -> Iterator[Deployed]:
    synthesized = {file: file.stat().st_mtime_ns for file in gcp_folder.rglob("*")}
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(working_copy, "checked_assembly", lambda _: gcp_folder)
        machine = Machine(tmp_path_factory.mktemp("deployed"), monkeypatch)
        for name, value in THEIRS.items():
            monkeypatch.setenv(name, value)
        first = machine.deploy()
        stack = working_copy.folder(machine.cloud) / "stacks" / "gcp-dev"
        (stack / "assets" / "of-another-commit").mkdir()
        (stack / ".terraform" / "kept").touch()
        machine.behave("unchanged")
        yield Deployed(machine, first, machine.deploy(typed=False), synthesized)
        machine.cloud.wipe()


def test_a_deploy_bootstraps_and_deploys_both_stacks(deployed: Deployed) -> None:
    steps = [
        "Bootstrapped example-goodies-shared",
        "$ cdktf deploy gcp-shared",
        "$ cdktf deploy gcp-dev",
        "Deployed, in",
    ]
    places = [deployed.first.index(step) for step in steps]
    assert places == sorted(places)
    assert "gcp-shared.Url  https://api" in deployed.first
    assert "hidden" not in deployed.first
    assert "make deploy CLOUD=gcp ENV=dev" in deployed.first


def test_an_archive_that_is_not_its_pages_is_taken_and_told(deployed: Deployed) -> None:
    lines = [line for line in deployed.first.splitlines() if "the SHA-256 of" in line]
    assert len(lines) == len(charts())
    assert f"{FILE} says" in lines[0]


def test_a_second_deploy_says_that_nothing_changed_and_needs_nothing_typed(deployed: Deployed) -> None:
    assert "Bootstrapped" not in deployed.second
    assert deployed.second.count(" unchanged") == 4
    assert "No changes, in" in deployed.second


def test_what_is_deployed_are_the_bytes_of_a_synthesis(deployed: Deployed, gcp_folder: Path) -> None:
    copy = working_copy.folder(deployed.machine.cloud)
    files = [file.relative_to(gcp_folder) for file in gcp_folder.rglob("*") if file.is_file()]
    assert all((copy / file).read_bytes() == (gcp_folder / file).read_bytes() for file in files)
    assert {file: file.stat().st_mtime_ns for file in gcp_folder.rglob("*")} == deployed.synthesized


def test_an_asset_that_is_gone_is_gone_from_the_copy(deployed: Deployed) -> None:
    stack = working_copy.folder(deployed.machine.cloud) / "stacks" / "gcp-dev"
    assert not (stack / "assets" / "of-another-commit").exists()
    assert (stack / ".terraform" / "kept").exists()


def test_children_see_nothing_of_the_user(deployed: Deployed) -> None:
    environment = deployed.machine.of_cli("gcp-dev")["environment"]
    assert not THEIRS.items() & environment.items()
    assert not (THEIRS.keys() - {"HOME"}) & environment.keys()
    assert environment["HOME"] == str(deployed.machine.cloud.directory / "home")
    assert environment["HTTPS_PROXY"] == deployed.machine.cloud.endpoint


def test_the_cli_looks_nothing_up_in_a_registry(deployed: Deployed) -> None:
    called = deployed.machine.of_cli("gcp-shared")
    assert {"--skip-synth", "--skip-provider-lock", "--auto-approve"} <= set(called["options"])
    settings = Path(called["environment"]["TF_CLI_CONFIG_FILE"]).read_text()
    assert "filesystem_mirror" in settings
    assert "direct" not in settings
    assert called["environment"]["CHECKPOINT_DISABLE"] == "1"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda m: m.programs.joinpath("terraform").unlink(), "terraform is not on the PATH"),
        (lambda m: fake_tools.write_terraform(m.programs, version="1.9.8"), "terraform is 1.9.8: gcp-dev takes"),
        (lambda m: shutil.rmtree(m.providers), "PROVIDERS=.*: it is no folder"),
        (
            lambda m: next(m.providers.glob("**/helm/3.1.1")).rename(m.providers / "gone"),
            "hashicorp/helm 3.1.1 for linux_amd64 is missing; it has no version of it",
        ),
        (
            lambda m: next(m.providers.glob("**/google/6.50.0")).rename(next(m.providers.glob("**/google")) / "6.49.0"),
            "google 6.50.0 for linux_amd64 is missing; it has 6.49.0 of it",
        ),
        (lambda m: next(m.charts.glob("keda-*")).unlink(), "CHARTS=.*: keda-.* cannot be read: No such file"),
    ],
)
def test_what_is_missing_is_one_line_before_anything_starts(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, spoil: Any, said: str
) -> None:
    # No other terraform counts.
    monkeypatch.setenv("PATH", str(machine.programs))
    spoil(machine)
    with pytest.raises(PrerequisiteError, match=said) as error:
        machine.deploy()
    assert error.value.exit_code == 2
    assert "\n" not in str(error.value)
    assert not machine.cloud.running()
    assert not list(machine.deployed.iterdir())


def test_an_archive_that_could_not_be_written_is_not_kept(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.charts
    kept = machine.cloud.directory / "charts"

    def fail(*_: object) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        list(keep(kept, machine.charts))
    assert list(kept.iterdir()) == []


def test_without_a_mirror_the_registry_out_of_reach_is_one_line(machine: Machine) -> None:
    with pytest.raises(PrerequisiteError, match=r"PROVIDERS=<folder> takes Terraform's filesystem mirror$"):
        machine.deploy(typed=False)
    assert not machine.cloud.running()


def test_a_page_of_a_chart_out_of_reach_is_one_line(machine: Machine) -> None:
    machine.charts = None
    with pytest.raises(PrerequisiteError, match=r"^https://.*tgz: .* CHARTS=<folder> takes archives that you have$"):
        machine.deploy()
    assert not machine.cloud.running()


def test_macos_is_refused_with_its_reason(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(PrerequisiteError, match="runs on Linux only: on macOS Terraform trusts"):
        machine.deploy()
    assert not machine.cloud.directory.exists()


def test_an_unknown_environment_is_refused_before_anything_starts(machine: Machine) -> None:
    with pytest.raises(EmbeddedCloudError, match="ENV: given 'moon'; allowed are dev, prod, staging"):
        machine.deploy(environment="moon")
    assert not machine.cloud.directory.exists()


def test_what_terraform_refuses_is_told(machine: Machine) -> None:
    machine.behave("refuse")
    with pytest.raises(
        EmbeddedCloudError,
        match=r"^The deploy of gcp-shared failed:\n  Error creating Bucket: .*\n.*"
        r"What exists and is in no state.*`terraform import`.*`make destroy CLOUD=gcp` removes it",
    ):
        machine.deploy()
    assert machine.cloud.running()


def test_two_deploys_at_once_are_refused(machine: Machine) -> None:
    with (
        machine.cloud.lock("a deploy"),
        pytest.raises(EmbeddedCloudError, match=rf"at work on .*: a deploy, process {os.getpid()}\."),
    ):
        machine.deploy()


def test_a_cloud_that_is_killed_ends_the_deploy_with_one_line(machine: Machine, tmp_path: Path) -> None:
    marker = tmp_path / "reached"
    machine.behave("wait", marker)
    killer = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import json, os, pathlib, signal, sys, time\n"
            "marker, record = map(pathlib.Path, sys.argv[1:])\n"
            "while not marker.exists(): time.sleep(0.05)\n"
            "os.kill(json.loads(record.read_text())['pid'], signal.SIGKILL)",
            str(marker),
            str(machine.cloud.directory / "emulator.json"),
        ]
    )
    with pytest.raises(
        EmbeddedCloudError, match=r"ended during the deploy.*What Terraform recorded is kept: run the command again"
    ):
        machine.deploy()
    assert killer.wait() == 0


def test_ctrl_c_waits_for_terraform(machine: Machine, tmp_path: Path) -> None:
    marker = tmp_path / "reached"
    machine.behave("wait", marker)
    interrupter = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os, pathlib, signal, sys, time\n"
            "while not pathlib.Path(sys.argv[1]).exists(): time.sleep(0.05)\n"
            "os.kill(int(sys.argv[2]), signal.SIGINT)",
            str(marker),
            str(os.getpid()),
        ]
    )
    with pytest.raises(KeyboardInterrupt):
        machine.deploy()
    assert interrupter.wait() == 0
    cli = int(marker.read_text())
    deadline = time.monotonic() + 10
    while Path(f"/proc/{cli}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    with pytest.raises(ProcessLookupError):
        os.kill(cli, signal.SIG_DFL)
    assert machine.cloud.running()
    with machine.cloud.lock("the next command"):
        """It is free."""


def test_terraform_saves_its_state_where_the_command_is_killed(machine: Machine, tmp_path: Path) -> None:
    machine.deploy()
    marker = tmp_path / "reached"
    cli = (sys.executable, fake_tools.__file__, "linger", str(marker))
    words = [sys.executable, "-c", _APPLY, str(machine.cloud.directory), json.dumps(cli)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as killed:
        _until(marker.exists)
        killed.kill()
    log = machine.cloud.directory / "logs" / "deploy-gcp-shared.log"
    marker.unlink()
    _until(lambda: fake_tools.APPLIED[0] in log.read_text())


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_full_disk_is_told(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.deploy()
    machine.behave("refuse")
    full = shutil.disk_usage(machine.programs)._replace(free=1024)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    with pytest.raises(EmbeddedCloudError, match="The disk is full"):
        machine.deploy()
