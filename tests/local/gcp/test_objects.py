"""Objects of Cloud Storage: the requests of Terraform's gcs backend, as it sends them, and their siblings."""

import base64
import hashlib
import json
from collections.abc import Iterator

import pytest
import requests

from local.gcp.objects import Objects
from local.proxy.api import Request, Response
from local.proxy.store import Store
from tests.local.gcp.conftest import Client, create_bucket

HOST = "storage.googleapis.com"
BOUNDARY = "f00"


class Buckets:
    """An API that has two buckets."""

    def serves(self, host: str) -> bool:
        return host == HOST

    def answer(self, request: Request) -> Response:
        there = request.path.rpartition("/")[2] in {"state", "other"}
        return Response.of_json({"path": request.path}, status=200 if there else 404)


@pytest.fixture
def objects() -> Iterator[Objects]:
    store = Store()
    yield Objects(store, Buckets())
    store.close()


def upload(objects: Objects, name: str, content: bytes = b"{}", **query: str) -> Response:
    """Send a multipart upload as Google's client for Go does."""
    metadata = json.dumps({"bucket": "state", "name": name, "contentType": "text/plain"}).encode()
    parts = [
        (b"application/json", metadata + b"\n"),
        (b"text/plain", content),
    ]
    body = b"".join(
        b"--" + BOUNDARY.encode() + b"\r\nContent-Type: " + kind + b"\r\n\r\n" + part + b"\r\n" for kind, part in parts
    )
    return objects.answer(
        Request(
            method="POST",
            host=HOST,
            path="/upload/storage/v1/b/state/o",
            query={"alt": "json", "name": name, "uploadType": "multipart", "prettyPrint": "false", **query},
            headers={"content-type": f"multipart/related; boundary={BOUNDARY}"},
            body=body + f"--{BOUNDARY}--\r\n".encode(),
        )
    )


def send(objects: Objects, method: str, path: str, body: bytes = b"", **query: str) -> Response:
    return objects.answer(Request(method=method, host=HOST, path=path, query=query, body=body))


@pytest.mark.parametrize("content", [b"", b"{}", b"\r\n--f0\r\n\x00\xff\r\n\r\n", bytes(range(256)) * 100])
def test_what_is_put_is_read_by_both_paths(objects: Objects, content: bytes) -> None:
    answer = json.loads(upload(objects, "gcp-staging/default.tfstate", content).body)
    read = send(objects, "GET", "/state/gcp-staging/default.tfstate")
    assert read.body == content
    assert read.headers["x-goog-generation"] == answer["generation"]
    assert read.headers["content-type"] == "text/plain"
    named = "/storage/v1/b/state/o/gcp-staging%2Fdefault.tfstate"
    assert json.loads(send(objects, "GET", named, alt="json").body) == answer
    assert send(objects, "GET", named, alt="media").body == content
    assert send(objects, "GET", f"/download{named}", alt="media").body == content
    assert answer["size"] == str(len(content))
    assert answer["md5Hash"] == base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def test_a_lock_is_held_once_and_let_go_by_its_generation(objects: Objects) -> None:
    held = json.loads(upload(objects, "default.tflock", ifGenerationMatch="0").body)
    refused = upload(objects, "default.tflock", b"another", ifGenerationMatch="0")
    assert refused.status == 412
    assert json.loads(refused.body)["error"]["errors"][0]["reason"] == "conditionNotMet"
    assert send(objects, "GET", "/state/default.tflock").body == b"{}"
    path = "/storage/v1/b/state/o/default.tflock"
    assert send(objects, "DELETE", path, ifGenerationMatch="1").status == 412
    assert send(objects, "DELETE", path, ifGenerationMatch=held["generation"]).status == 204
    assert upload(objects, "default.tflock", ifGenerationMatch="0").status == 200


def test_each_upload_is_a_later_generation(objects: Objects) -> None:
    generations = [int(json.loads(upload(objects, "a").body)["generation"]) for _ in range(5)]
    assert generations == sorted(set(generations))


def test_a_key_that_an_upload_names_changes_nothing_but_its_name(objects: Objects) -> None:
    key = "projects/p/locations/us/keyRings/r/cryptoKeys/k"
    answer = json.loads(upload(objects, "a", b"x", kmsKeyName=key).body)
    assert answer["kmsKeyName"] == f"{key}/cryptoKeyVersions/1"
    assert send(objects, "GET", "/state/a").body == b"x"


def test_a_list_has_a_prefix_folders_and_pages(objects: Objects) -> None:
    for name in ("a/1", "a/2", "a/b/3", "a/b/4", "b"):
        upload(objects, name)

    def names(**query: str) -> tuple[list[str], list[str], str]:
        page = json.loads(send(objects, "GET", "/storage/v1/b/state/o", b"", **query).body)
        return [each["name"] for each in page["items"]], page.get("prefixes", []), page.get("nextPageToken", "")

    assert names(prefix="a/") == (["a/1", "a/2", "a/b/3", "a/b/4"], [], "")
    # As Terraform sends it, with each parameter that it does not set.
    unset = dict.fromkeys(("endOffset", "pageToken", "startOffset", "maxResults"), "")
    assert names(prefix="a/", delimiter="/", **unset) == (["a/1", "a/2"], ["a/b/"], "")
    first, _, token = names(maxResults="3")
    assert (first, names(maxResults="3", pageToken=token)) == (["a/1", "a/2", "a/b/3"], (["a/b/4", "b"], [], ""))
    assert names(prefix="c") == ([], [], "")


@pytest.mark.parametrize(
    ("method", "path", "words"),
    [
        ("GET", "/state/missing", "NoSuchKey"),
        ("GET", "/nowhere/a", "NoSuchBucket"),
        ("GET", "/storage/v1/b/state/o/missing", "No such object: state/missing"),
        ("DELETE", "/storage/v1/b/state/o/missing", "No such object: state/missing"),
        ("GET", "/storage/v1/b/nowhere/o", "The specified bucket does not exist."),
        ("POST", "/upload/storage/v1/b/nowhere/o", "The specified bucket does not exist."),
    ],
)
def test_what_is_not_there_is_not_found(objects: Objects, method: str, path: str, words: str) -> None:
    answer = send(objects, method, path, uploadType="media", name="a")
    assert answer.status == 404
    assert words in answer.body.decode()


@pytest.mark.parametrize(
    ("query", "kind", "words"),
    [
        ({"uploadType": "resumable"}, "text/plain", "allowed are media and multipart"),
        ({"uploadType": "multipart"}, "multipart/related", "needs a boundary"),
        ({"uploadType": "multipart"}, "multipart/related; boundary=x", "has two parts"),
        ({"uploadType": "media"}, "text/plain", "Required parameter: name"),
    ],
)
def test_an_upload_that_is_not_whole_is_refused(objects: Objects, query: dict[str, str], kind: str, words: str) -> None:
    answer = objects.answer(
        Request(
            method="POST",
            host=HOST,
            path="/upload/storage/v1/b/state/o",
            query=query,
            headers={"content-type": kind},
            body=b"content",
        )
    )
    assert answer.status == 400
    assert words in answer.body.decode()


def test_a_bucket_with_objects_is_not_deleted(objects: Objects) -> None:
    upload(objects, "a")
    assert send(objects, "DELETE", "/storage/v1/b/state").status == 409
    send(objects, "DELETE", "/storage/v1/b/state/o/a")
    assert json.loads(send(objects, "DELETE", "/storage/v1/b/state").body) == {"path": "/storage/v1/b/state"}


@pytest.mark.parametrize("path", ["/storage/v1/b", "/storage/v1/b/state", "/storage/v1/b/state/iam"])
def test_buckets_themselves_are_another_apis(objects: Objects, path: str) -> None:
    assert json.loads(send(objects, "GET", path).body) == {"path": path}


def test_metadata_can_be_changed(objects: Objects) -> None:
    upload(objects, "a")
    send(objects, "PATCH", "/storage/v1/b/state/o/a", json.dumps({"metadata": {"owner": "x"}}).encode())
    changed = json.loads(send(objects, "GET", "/storage/v1/b/state/o/a").body)
    assert (changed["metadata"], changed["metageneration"]) == ({"owner": "x"}, "2")


def test_an_upload_in_chunked_transfer_encoding(client: Client) -> None:
    create_bucket(client, "chunked-state")
    answer: requests.Response = client.send(
        "POST",
        f"https://{HOST}/upload/storage/v1/b/chunked-state/o?uploadType=media&name=a%2Fb",
        body=iter([b"x" * 1000] * 3000),
    )
    assert answer.json()["size"] == "3000000"
    assert client.send("GET", f"https://{HOST}/chunked-state/a/b").content == b"x" * 3_000_000
