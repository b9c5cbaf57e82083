"""The image's file tree without a container: its programs side by side, and the environment that a task gets."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from password_hash import HASHER
from tests.services import LOOPBACK, Database, Redis, free_port

CHECKOUT = Path(__file__).parents[2]
DOCKERFILE = CHECKOUT / "images" / "funkygibbon" / "Dockerfile"
PASSWORD = "correct horse battery"
HASH = HASHER.hash(PASSWORD)
SERVICE = "local.reference_service.main:app"
TABLES = "local.reference_service.models:Base"
START_SECONDS = 30


def exec_form(instruction: str) -> list[str]:
    """Return the arguments of the Dockerfile's ENTRYPOINT or CMD."""
    found = re.findall(rf"^{instruction} (\[.*\])$", DOCKERFILE.read_text(), re.MULTILINE)
    assert len(found) == 1, f"{instruction} must stand once and in exec form"
    arguments: list[str] = json.loads(found[0])
    return arguments


@pytest.fixture(scope="session")
def entrypoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The entrypoint, laid out beside the migration as in the image."""
    folder = tmp_path_factory.mktemp("platform")
    for program in ("images/funkygibbon/entrypoint.py", "operations/migrate.py"):
        (folder / Path(program).name).write_text((CHECKOUT / program).read_text())
    return folder / "entrypoint.py"


@pytest.fixture
def task(database: Database, redis: Redis, tmp_path: Path) -> dict[str, str]:
    """The environment of a task, and nothing else."""
    return database.libpq() | {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "PYTHONPATH": str(CHECKOUT),
        "TMPDIR": str(tmp_path),
        "API_PORT": "8000",
        "BACKUP_SCHEDULE_ENABLED": "false",
        "DATABASE_URL": "postgresql+psycopg://",
        "REDIS_HOST": redis.host,
        "REDIS_PORT": str(redis.port),
        "REDIS_TLS": "true",
        "REDIS_PASSWORD": redis.password,
        "JWT_SECRET": "0123456789abcdef0123456789abcdef",
        "ADMIN_PASSWORD_HASH": HASH,
    }


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(entrypoint: Path, tmp_path: Path) -> Run:
    """Run a command through the entrypoint and return how it ended."""

    def run(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, entrypoint, *command],
            env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    return run


@dataclass(frozen=True)
class Replica:
    """One container's process."""

    process: subprocess.Popen[bytes]
    port: int
    output: Path

    def client(self, token: str = "") -> httpx.Client:
        """Return a client of it, logged in if there is a token."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=f"http://{LOOPBACK}:{self.port}", headers=headers, timeout=10)

    def log_in(self, password: str = PASSWORD) -> httpx.Response:
        """Try this password."""
        with self.client() as client:
            return client.post("/api/v1/auth/admin/login", json={"password": password})

    def wait(self) -> None:
        """Return when it answers its health check."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            with suppress(httpx.TransportError), self.client() as client:
                if client.get("/health").status_code == httpx.codes.OK:
                    return
            time.sleep(0.1)
        pytest.fail(f"it did not start:\n{self.output.read_text()}")


Start = Callable[[dict[str, str]], Replica]


@pytest.fixture
def start(entrypoint: Path, tmp_path: Path) -> Iterator[Start]:
    """Start the image's own command with the reference service in the application's place."""
    started: list[Replica] = []

    def start(environment: dict[str, str]) -> Replica:
        port, output = free_port(), tmp_path / f"replica-{len(started)}"
        command = exec_form("CMD")
        command[command.index("funkygibbon.main:app")] = SERVICE
        command[command.index("0.0.0.0")] = LOOPBACK
        command[command.index("8000")] = str(port)
        with output.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, entrypoint, *command], env=environment, stdout=file, stderr=file
            )
        replica = Replica(process, port, output)
        started.append(replica)
        replica.wait()
        return replica

    yield start
    for replica in started:
        replica.process.kill()
        replica.process.wait()
