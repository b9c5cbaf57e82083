"""Charts of third parties: a page and an OCI registry on the loopback address, as the command speaks with them."""

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
from typer.testing import CliRunner

from admin import charts
from admin.bootstrap.gcp.needs import read
from admin.bootstrap.gcp.steps import prepare
from admin.charts import Chart, Repository, download
from admin.errors import ChartError
from admin.gcp import connection as connections
from admin.gcp.connection import connect_embedded
from local.gcp.cloud import EmbeddedGoogleCloud
from tests.synthesis import CHECKOUT

ARCHIVE = b"the archive of a chart"
REPOSITORY = "acme-shared/charts/sha256-1/keda"


@dataclass
class World:
    """A page with one archive, and the blobs and manifests of a registry."""

    address: str = ""
    archive: bytes = ARCHIVE
    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[str, bytes] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    changes: list[str] = field(default_factory=list)

    @property
    def chart(self) -> Chart:
        digest = hashlib.sha256(ARCHIVE).hexdigest()
        return Chart(name="keda", version="1.2.3", archive=f"{self.address}/keda-1.2.3.tgz", sha256=digest)


class Server(ThreadingHTTPServer):
    """Server of a world."""

    def __init__(self, world: World) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.world = world


class Handler(BaseHTTPRequestHandler):
    server: Server

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"content-length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self) -> None:
        if self.path == "/keda-1.2.3.tgz":
            return self._answer(302, location="/assets/keda-1.2.3.tgz")
        return self._answer(200, self.server.world.archive)

    def do_HEAD(self) -> None:
        kind, _, name = self.path.removeprefix(f"/v2/{REPOSITORY}/").partition("/")
        world = self.server.world
        self._answer(200 if name in (world.manifests if kind == "manifests" else world.blobs) else 404)

    def do_POST(self) -> None:
        self.server.world.tokens.add(self.headers["authorization"])
        self._answer(202, location=f"/v2/{REPOSITORY}/blobs/uploads/7?state=x")

    def do_PUT(self) -> None:
        world = self.server.world
        world.changes.append(self.path)
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        digest = re.search(r"state=x&digest=sha256(?::|%3A)(\w+)$", self.path)
        if digest and hashlib.sha256(body).hexdigest() == digest[1]:
            world.blobs[f"sha256:{digest[1]}"] = body
            return self._answer(201)
        named = {} if digest else json.loads(body)
        if digest or any(part["digest"] not in world.blobs for part in [named["config"], *named["layers"]]):
            return self._answer(400, b"the registry has another content, or none")
        world.manifests[self.path.rpartition("/")[2]] = body
        return self._answer(201)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        pass


@pytest.fixture
def world() -> Iterator[World]:
    known = World()
    server = Server(known)
    known.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield known
    server.shutdown()
    server.server_close()


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as found:
        yield found


def repository(world: World, client: httpx.Client) -> Repository:
    return Repository(f"{world.address}/v2/{REPOSITORY}", client, "token")


@pytest.mark.plan("SEC-9/roles")
def test_a_chart_is_put_as_its_page_has_it(world: World, client: httpx.Client) -> None:
    target = repository(world, client)
    assert not target.has("1.2.3")
    target.put(world.chart, download(world.chart, client))
    assert target.has("1.2.3")
    (layer,) = json.loads(world.manifests["1.2.3"])["layers"]
    assert layer == {
        "mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
        "digest": f"sha256:{world.chart.sha256}",
        "size": len(ARCHIVE),
    }
    assert world.blobs[layer["digest"]] == ARCHIVE
    assert world.tokens == {"Bearer token"}


@pytest.mark.plan("SEC-9/roles")
def test_another_archive_than_the_table_says_is_refused(world: World, client: httpx.Client) -> None:
    world.archive = b"another"
    with pytest.raises(ChartError, match=rf"its SHA-256 is \w+; .*charts\.yaml says {world.chart.sha256}"):
        download(world.chart, client)
    assert world.changes == []


@pytest.mark.plan("SEC-9/roles")
def test_a_page_that_does_not_answer_and_a_registry_that_refuses_are_told(world: World, client: httpx.Client) -> None:
    absent = Chart(name="keda", version="1.2.3", archive="http://127.0.0.1:9/keda.tgz", sha256="0")
    with pytest.raises(ChartError, match=r"http://127\.0\.0\.1:9/keda\.tgz: "):
        download(absent, client)
    with pytest.raises(ChartError, match="405"):
        Repository(f"{world.address}/v2/{REPOSITORY}", client, "token")._demand(
            httpx.Response(405, request=httpx.Request("PUT", world.address))
        )


@pytest.mark.plan("SEC-9/roles")
def test_each_chart_goes_where_the_stacks_take_it_from(gcp_folder: Path) -> None:
    addresses = charts.repositories(gcp_folder)
    table = charts.charts(CHECKOUT / charts.FILE)
    assert set(addresses) == {chart.name for chart in table}
    for chart in table:
        assert re.fullmatch(
            rf"https://us-docker\.pkg\.dev/v2/[^/]+/charts/sha256-{chart.sha256}/{chart.name}", addresses[chart.name]
        )


class TestCommand:
    """Without a project, in the registry of the embedded Google Cloud."""

    @pytest.fixture
    def cloud(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[EmbeddedGoogleCloud]:
        found = EmbeddedGoogleCloud(tmp_path / ".embedded" / "gcp")
        monkeypatch.setattr(connections, "EmbeddedGoogleCloud", lambda: found)
        yield found
        found.wipe()

    @pytest.fixture
    def run(self, monkeypatch: pytest.MonkeyPatch, gcp_folder: Path) -> Callable[..., Any]:
        """Run the command; each page has the name of its chart."""
        monkeypatch.setattr(charts, "download", lambda chart, client: chart.name.encode())  # noqa: ARG005 - by name
        app = typer.Typer()
        app.command()(charts.main)
        return lambda *options: CliRunner().invoke(app, ["--stacks", str(gcp_folder), *options])

    @pytest.mark.plan("SEC-9/roles")
    def test_charts_are_put_once(self, cloud: EmbeddedGoogleCloud, run: Callable[..., Any], gcp_folder: Path) -> None:
        with cloud.lock("tests"):
            cloud.start()
        connection = connect_embedded(cloud)
        list(prepare(connection, read(gcp_folder)))
        repositories = "projects/example-goodies-shared/locations/us/repositories"
        url = f"https://artifactregistry.googleapis.com/v1/{repositories}?repositoryId=charts"
        status, answer = connection.send("POST", url, b'{"format": "DOCKER"}', None)
        assert status == 200, answer
        ended = run()
        assert ended.exit_code == 0, ended.output
        assert ended.stdout.startswith("Embedded Google Cloud: project example-goodies-shared\n")
        assert ended.stdout.count(": put") == len(charts.charts())
        assert run().stdout.count(": is there") == len(charts.charts())
        with cloud.lock("a deploy"):
            meanwhile = run()
        assert (meanwhile.exit_code, "at work on the embedded cloud" in meanwhile.stderr) == (1, True)
        assert ": is there" not in meanwhile.stdout

    @pytest.mark.usefixtures("cloud")
    def test_where_it_does_not_run_one_line_names_the_command(self, run: Callable[..., Any]) -> None:
        ended = run()
        assert ended.exit_code == 2
        assert ended.stderr.startswith("The embedded Google Cloud does not run: `make deploy CLOUD=gcp` starts it.")

    @pytest.mark.usefixtures("cloud")
    def test_another_project_is_refused(self, run: Callable[..., Any]) -> None:
        ended = run("--project", "acme", "--yes")
        assert (ended.exit_code, "environments/policy.yaml says" in ended.stderr) == (1, True)
