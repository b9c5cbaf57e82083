"""Registry of Artifact Registry: what admin.charts puts, and what helm pulls."""

import base64
import hashlib
import json
from collections.abc import Iterator

import httpx
import pytest

from admin.charts import Chart, Repository
from local.gcp.registry import Registry
from local.proxy.api import Request, Response
from local.proxy.store import Store
from tests.local.gcp.conftest import Client

HOST = "us-docker.pkg.dev"
NAME = "acme/charts/keda"
CHART = Chart(name="keda", version="2.20.2", archive="https://example.com/keda.tgz", sha256="")
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


class Repositories:
    """An API that has one repository."""

    def serves(self, host: str) -> bool:
        return host == "artifactregistry.googleapis.com"

    def answer(self, request: Request) -> Response:
        there = request.path == "/v1/projects/acme/locations/us/repositories/charts"
        return Response.of_json({}, status=200 if there else 404)


class Transport(httpx.BaseTransport):
    """Hands the requests of a client to a registry."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._registry.answer(
            Request(
                method=request.method,
                host=request.url.host,
                path=request.url.raw_path.decode().partition("?")[0],
                query=dict(request.url.params),
                headers=dict(request.headers),
                body=request.read(),
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, content=answer.body)


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    store = Store()
    with httpx.Client(transport=Transport(Registry(store, Repositories())), base_url=f"https://{HOST}") as made:
        yield made
    store.close()


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def put(client: httpx.Client, archive: bytes = b"archive") -> None:
    Repository(f"https://{HOST}/v2/{NAME}", client, "token").put(CHART, archive)


def test_a_chart_that_was_put_is_pulled_by_tag_and_digest(client: httpx.Client) -> None:
    repository = Repository(f"https://{HOST}/v2/{NAME}", client, "token")
    assert not repository.has("2.20.2")
    put(client)
    assert repository.has("2.20.2")
    by_tag = client.get(f"/v2/{NAME}/manifests/2.20.2")
    assert by_tag.headers["content-type"] == MANIFEST
    assert by_tag.headers["docker-content-digest"] == digest(by_tag.content)
    assert client.get(f"/v2/{NAME}/manifests/{digest(by_tag.content)}").content == by_tag.content
    (layer,) = by_tag.json()["layers"]
    assert client.get(f"/v2/{NAME}/blobs/{layer['digest']}").content == b"archive"
    assert client.get(f"/v2/{NAME}/tags/list").json() == {"name": NAME, "tags": ["2.20.2"]}


def test_an_upload_in_parts(client: httpx.Client) -> None:
    begun = client.post(f"/v2/{NAME}/blobs/uploads/").headers["location"]
    assert client.patch(begun, content=b"one").headers["range"] == "0-2"
    assert client.patch(begun, content=b"two").headers["range"] == "0-5"
    assert client.put(begun, params={"digest": digest(b"onetwothree")}, content=b"three").status_code == 201
    assert client.get(f"/v2/{NAME}/blobs/{digest(b'onetwothree')}").content == b"onetwothree"
    assert client.patch(begun, content=b"late").json()["errors"][0]["code"] == "BLOB_UPLOAD_UNKNOWN"


def manifest(*digests: str) -> bytes:
    parts = [{"mediaType": "x", "digest": each, "size": 1} for each in digests]
    return json.dumps({"schemaVersion": 2, "config": parts[0], "layers": parts[1:]}).encode()


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (("GET", f"/v2/{NAME}/manifests/1.0.0", b""), "404 MANIFEST_UNKNOWN"),
        (("GET", f"/v2/{NAME}/blobs/{digest(b'missing')}", b""), "404 BLOB_UNKNOWN"),
        (("GET", "/v2/acme/images/keda/manifests/2.20.2", b""), "404 NAME_UNKNOWN"),
        (("GET", "/v2/other/charts/keda/manifests/2.20.2", b""), "404 NAME_UNKNOWN"),
        (("GET", f"/v2/{NAME}/tags/list", b""), "404 NAME_UNKNOWN"),
        (("POST", f"/v2/{NAME}/blobs/uploads/?digest={digest(b'a')}", b"b"), "400 DIGEST_INVALID"),
        (("PUT", f"/v2/{NAME}/manifests/1.0.0", manifest(digest(b"missing"))), "400 MANIFEST_BLOB_UNKNOWN"),
        (("PUT", f"/v2/{NAME}/manifests/1.0.0", b"no manifest"), "400 MANIFEST_INVALID"),
        (("PUT", f"/v2/{NAME}/manifests/1.0.0", b"[]"), "400 MANIFEST_INVALID"),
        (("PUT", f"/v2/{NAME}/manifests/{digest(b'other')}", b"{}"), "400 DIGEST_INVALID"),
        (("PUT", f"/v2/{NAME}/blobs/{digest(b'a')}", b"a"), "405 UNSUPPORTED"),
    ],
)
def test_refusals_have_the_codes_of_the_specification(
    client: httpx.Client, sent: tuple[str, str, bytes], code: str
) -> None:
    method, path, body = sent
    answer = client.request(method, path, content=body)
    assert f"{answer.status_code} {answer.json()['errors'][0]['code']}" == code


def test_a_tag_can_be_deleted(client: httpx.Client) -> None:
    put(client)
    assert client.delete(f"/v2/{NAME}/manifests/2.20.2").status_code == 202
    assert client.get(f"/v2/{NAME}/manifests/2.20.2").status_code == 404


@pytest.fixture
def through_proxy(request: pytest.FixtureRequest) -> Client:
    return Client(request.getfixturevalue("google_cloud"))


def test_helm_gets_a_token_by_the_name_of_a_password(through_proxy: Client) -> None:
    challenge = through_proxy.send("GET", f"https://{HOST}/v2/", token="").headers["www-authenticate"]
    assert challenge == f'Bearer realm="https://{HOST}/v2/token",service="{HOST}"'
    token = through_proxy.cloud.access_token
    password = base64.b64encode(f"oauth2accesstoken:{token}".encode()).decode()
    answer = through_proxy.send("GET", f"https://{HOST}/v2/token", Authorization=f"Basic {password}")
    assert answer.json()["token"] == token
    for refused in ("oauth2accesstoken:other", f"somebody:{token}", "no colon"):
        encoded = base64.b64encode(refused.encode()).decode()
        assert through_proxy.send("GET", f"https://{HOST}/v2/", Authorization=f"Basic {encoded}").status_code == 401
    assert through_proxy.send("GET", f"https://{HOST}/v2/", Authorization="Basic %%%").status_code == 401
