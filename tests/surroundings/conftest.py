"""A checkout of its own, with the installed libraries and tools, in surroundings that a test chooses."""

import hashlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.synthesis import CHECKOUT

# Settings that a shell may carry for something else. Each stops a tool, or leads it elsewhere, where it is heeded.
LEFTOVERS: Mapping[str, str] = {
    "CDK_CONTEXT_JSON": "nonsense",
    "CDK_OUTDIR": "/dev/null/out",
    "CDKTF_OUTDIR": "/dev/null/out",
    "JSII_AGENT": "nonsense",
    "JSII_RUNTIME": "/nowhere",
    "NODE_OPTIONS": "--require=/nowhere.js",
    "NODE_PATH": "/nowhere",
    "PYTHONHOME": "/nowhere",
    "PYTHONPATH": "/nowhere",
    "PYTHONWARNINGS": "error",
}
# Programs that a newcomer has. Others, such as terraform, node, npm, go, aws and gcloud, are not on the PATH.
_PROGRAMS = (
    "bash",
    "cat",
    "chmod",
    "dirname",
    "env",
    "git",
    "ln",
    "ls",
    "make",
    "mkdir",
    "mktemp",
    "rm",
    "sh",
    "touch",
    "uname",
)
_INSTALLED_FROM = ("requirements.txt", "requirements-uv.txt", "package.json", "package-lock.json")
# What make leaves out. The plain `cdk` heeds it, as everywhere: it is the way to a real account.
CREDENTIALS: Mapping[str, str] = {
    "AWS_ACCESS_KEY_ID": "AKIAREAL",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_PROFILE": "nobody",
    "AWS_REGION": "moon-1",
}
_SECONDS = 600


class Checkout:
    """A copy of this checkout, and a PATH without Node and Terraform."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "checkout"
        self.path = folder / "bin"
        self._copy_files()
        self._link_installation()
        self.path.mkdir()
        for program in _PROGRAMS:
            (self.path / program).symlink_to(str(shutil.which(program)))
        (self.path / "python3").symlink_to(Path(os.path.realpath(CHECKOUT / ".venv" / "bin" / "python")))
        # A Node of the system that is not the one that this checkout pins.
        self.program("node", "echo 'the Node of the system' >&2; exit 97")

    def program(self, name: str, script: str) -> None:
        (self.path / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.path / name).chmod(0o755)

    def start(self, *command: str, home: str, variables: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env={"PATH": str(self.path), "HOME": home, **(variables or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(
        self, *command: str, home: str = "/dev/null", variables: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Run a command; return its exit code and its output."""
        process = self.start(*command, home=home, variables=variables)
        try:
            output = process.communicate(timeout=_SECONDS)[0]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            pytest.fail(f"{' '.join(command)} does not end: {process.communicate()[0]}")
        return process.returncode, output

    def marker(self) -> Path:
        """Return the file that says what is installed."""
        contents = b"".join((self.folder / name).read_bytes() for name in _INSTALLED_FROM)
        blob = hashlib.sha1(b"blob %d\0" % len(contents) + contents).hexdigest()
        return self.folder / ".venv" / f"ready-{blob}"

    def _copy_files(self) -> None:
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listing = subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True, text=True).stdout
        for name in filter(None, listing.split("\0")):
            if (CHECKOUT / name).is_file() and not name.startswith("tests/snapshots/"):
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(CHECKOUT / name, self.folder / name)
        subprocess.run(["git", "init", "--quiet"], cwd=self.folder, check=True)

    def _link_installation(self) -> None:
        """Use what is installed, and write nothing into it."""
        binaries = self.folder / ".venv" / "bin"
        binaries.mkdir(parents=True)
        for source in (CHECKOUT / ".venv").iterdir():
            if source.name not in {"bin", "jsii", "checkov"} and not source.name.startswith("ready"):
                (self.folder / ".venv" / source.name).symlink_to(source)
        for source in (CHECKOUT / ".venv" / "bin").iterdir():
            if source.name not in {"cdk", "cdktf"}:
                (binaries / source.name).symlink_to(source)
        for name in ("cdk", "cdktf"):
            (binaries / name).symlink_to(self.folder / "tools" / name)
        (self.folder / "node_modules").symlink_to(CHECKOUT / "node_modules")
        self.marker().touch()


def processes_in(folder: Path) -> list[str]:
    """Return the commands that still run in a folder."""
    running = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").resolve().is_relative_to(folder):
                running.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:  # it ended meanwhile
            continue
    return running


def wait_until(condition: object, seconds: float = 60) -> bool:
    """Wait until a function returns something true."""
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """One for all tests that change nothing in it."""
    return Checkout(tmp_path_factory.mktemp("surroundings"))


@pytest.fixture
def own_checkout(tmp_path: Path) -> Iterator[Checkout]:
    """One for a test that changes something in it."""
    yield Checkout(tmp_path)
    shutil.rmtree(tmp_path, ignore_errors=True)
