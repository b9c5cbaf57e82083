"""Helm charts of third parties, put from their pages into the shared registry.

    python -m admin.charts
    python -m admin.charts --project acme-goodies-shared

Without a project it works on the embedded Google Cloud. Each row of ``constructs_lib/kubernetes/charts.yaml`` names an
archive and its SHA-256; an archive with another one is refused. A deploy takes charts from the registry only, so no
page has to be there when it runs. What is there stays as it is, so running it again does nothing.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated
from urllib.parse import urljoin

import httpx
import typer
import yaml
from rich.console import Console

from admin.accounts import shared_project
from admin.confirmation import confirm
from admin.errors import ChartError
from admin.gcp.connection import Connection, connect_shared
from admin.options import SharedProjectOption, StacksOption
from assembly import open_assembly
from errors import exit_on_error

FILE = Path("constructs_lib", "kubernetes", "charts.yaml")
# Types of a chart in an OCI registry ("HIP-0006: OCI Support", Helm community).
_CONFIG = "application/vnd.cncf.helm.config.v1+json"
_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_OK = (200, 201, 202)
_SECONDS = 60  # of the download of an archive


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart that a deploy takes from the registry.

    Attributes:
        name: name of the chart.
        version: version of the chart.
        archive: address of the archive on the page of its makers.
        sha256: SHA-256 of the archive, as their index names it.
    """

    name: str
    version: str
    archive: str
    sha256: str


def charts(file: Path = FILE) -> Sequence[Chart]:
    """Return the charts of the table."""
    return [Chart(**row) for row in yaml.safe_load(file.read_text(encoding="utf-8"))]


def download(chart: Chart, client: httpx.Client) -> bytes:
    """Return the archive of a chart.

    Raises:
        ChartError: its page does not answer, or the archive is another than the table says.
    """
    try:
        answer = client.get(chart.archive, follow_redirects=True).raise_for_status()
    except httpx.HTTPError as error:
        raise ChartError(f"{chart.archive}: {error}") from None
    found = hashlib.sha256(answer.content).hexdigest()
    if found != chart.sha256:
        raise ChartError(f"{chart.archive}: its SHA-256 is {found}; {FILE} says {chart.sha256}. Nothing was put.")
    return answer.content


class Repository:
    """A repository of an OCI registry ("OCI Distribution Specification").

    Args:
        address: address of the repository, ``https://us-docker.pkg.dev/v2/acme-shared/charts/sha256-…/keda``.
        client: HTTP client.
        token: access token of the caller.
    """

    def __init__(self, address: str, client: httpx.Client, token: str) -> None:
        self._address = address
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"}

    def has(self, version: str) -> bool:
        """Return whether the repository has a version."""
        answer = self._call("HEAD", f"{self._address}/manifests/{version}", headers={"Accept": _MANIFEST})
        return answer.status_code in _OK

    def put(self, chart: Chart, archive: bytes) -> None:
        """Put a chart.

        Raises:
            ChartError: the registry refuses it.
        """
        config = json.dumps({"apiVersion": "v2", "name": chart.name, "version": chart.version}).encode()
        manifest = {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "config": self._blob(_CONFIG, config),
            "layers": [self._blob(_LAYER, archive)],
        }
        self._demand(
            self._call(
                "PUT",
                f"{self._address}/manifests/{chart.version}",
                headers={"Content-Type": _MANIFEST},
                content=json.dumps(manifest).encode(),
            )
        )

    def _blob(self, kind: str, content: bytes) -> dict[str, str | int]:
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if self._call("HEAD", f"{self._address}/blobs/{digest}").status_code not in _OK:
            begun = self._demand(self._call("POST", f"{self._address}/blobs/uploads/"))
            place = httpx.URL(urljoin(self._address, begun.headers["location"]))
            self._demand(
                self._call(
                    "PUT",
                    str(place.copy_merge_params({"digest": digest})),
                    headers={"Content-Type": "application/octet-stream"},
                    content=content,
                )
            )
        return {"mediaType": kind, "digest": digest, "size": len(content)}

    def _call(
        self, method: str, address: str, *, headers: dict[str, str] | None = None, content: bytes | None = None
    ) -> httpx.Response:
        try:
            return self._client.request(method, address, headers=self._headers | (headers or {}), content=content)
        except httpx.HTTPError as error:
            raise ChartError(f"{self._address}: {error}") from None

    def _demand(self, answer: httpx.Response) -> httpx.Response:
        if answer.status_code not in _OK:
            raise ChartError(f"{self._address}: {answer.status_code} {answer.reason_phrase}: {answer.text[:200]}")
        return answer


def repositories(folder: Path) -> dict[str, str]:
    """Return the address of each chart's repository, as the synthesized stacks name it."""
    releases = (release for stack in open_assembly(folder).stacks.values() for release in stack.of("helm_release"))
    return {
        release["chart"]: _address(release["repository"], release["chart"])
        for release in releases
        if release.get("repository")
    }


def _address(repository: str, chart: str) -> str:
    host, _, path = repository.removeprefix("oci://").partition("/")
    return f"https://{host}/v2/{path}/{chart}"


def put_missing(
    connection: Connection, stacks: Path, archive_of: Callable[[Chart], bytes]
) -> Iterator[tuple[Chart, bool]]:
    """Put the charts that the registry lacks, and yield each chart with whether it was put.

    Args:
        connection: Google Cloud.
        stacks: what ``cdktf synth`` wrote.
        archive_of: returns the archive of a chart.

    Raises:
        ChartError: the registry refuses a chart, or it has no archive.
    """
    addresses = repositories(stacks)
    with connection.http_client() as client:
        token = connection.token()
        for chart in charts():
            repository = Repository(addresses[chart.name], client, token)
            there = repository.has(chart.version)
            if not there:
                repository.put(chart, archive_of(chart))
            yield chart, not there


def main(
    project: SharedProjectOption = None,
    stacks: StacksOption = Path("cdktf.out"),
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before something is changed.")] = False,
) -> None:
    """Put the charts of third parties into the shared registry; those that are there stay as they are."""
    console = Console()
    with exit_on_error():
        connection = connect_shared(project)
        place = f"{connection.name}: project {shared_project()}"
        names = ", ".join(sorted(repositories(stacks)))
        if connection.embedded:
            console.print(place, highlight=False, soft_wrap=True)
        else:
            confirm(place, f"Put the charts {names}", yes=yes)
        with connection.lock("make charts"), httpx.Client(timeout=_SECONDS) as pages:
            for chart, put in put_missing(connection, stacks, partial(download, client=pages)):
                console.print(f"  {chart.name} {chart.version}: {'put' if put else 'is there'}")


if __name__ == "__main__":
    typer.run(main)
