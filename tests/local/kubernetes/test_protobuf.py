"""Helm's Secrets, as its client sends them."""

import base64
import json

import pytest

from local.kubernetes import protobuf
from tests.local.kubernetes.client import Client

SECRETS = "/api/v1/namespaces/default/secrets"


def field(number: int, value: bytes | str | int) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(value: int) -> bytes:
    head = b""
    while value > 0x7F:
        head += bytes([value & 0x7F | 0x80])
        value >>= 7
    return head + bytes([value])


def pair(key: str, value: bytes | str) -> bytes:
    return field(1, key) + field(2, value)


def envelope(version: str, kind: str, content: bytes) -> bytes:
    return b"k8s\0" + field(1, field(1, version) + field(2, kind)) + field(2, content) + field(3, "") + field(4, "")


def secret(name: str, release: bytes, status: str) -> bytes:
    metadata = (
        field(1, name)
        + field(2, "")
        + field(3, "default")
        + field(7, 0)
        + field(8, b"")
        + field(11, pair("owner", "helm"))
        + field(11, pair("status", status))
    )
    content = field(1, metadata) + field(2, pair("release", release)) + field(3, "helm.sh/release.v1")
    return envelope("v1", "Secret", content)


def send(client: Client, method: str, path: str, body: bytes) -> tuple[int, dict[str, object]]:
    answer = client.send(method, path, body, content_type=protobuf.MEDIA_TYPE)
    return answer.status, json.loads(answer.body)


def test_release_is_kept_found_and_superseded(client: Client) -> None:
    content = bytes(range(256)) * 40
    status, made = send(client, "POST", SECRETS, secret("sh.helm.release.v1.keda.v1", content, "deployed"))

    assert status == 201
    assert made["type"] == "helm.sh/release.v1"
    assert made["data"] == {"release": base64.b64encode(content).decode()}
    assert client.names(f"{SECRETS}?labelSelector=owner=helm,status=deployed") == ["sh.helm.release.v1.keda.v1"]
    place = f"{SECRETS}/sh.helm.release.v1.keda.v1"
    assert send(client, "PUT", place, secret("sh.helm.release.v1.keda.v1", content, "superseded"))[0] == 200
    assert client.names(f"{SECRETS}?labelSelector=owner=helm,status=deployed") == []


def test_deletion_with_a_precondition(client: Client) -> None:
    send(client, "POST", SECRETS, secret("a", b"", "deployed"))
    options = envelope("meta.k8s.io/v1", "DeleteOptions", field(2, field(1, "another")))

    assert send(client, "DELETE", f"{SECRETS}/a", options)[0] == 409
    assert send(client, "DELETE", f"{SECRETS}/a", envelope("meta.k8s.io/v1", "DeleteOptions", b""))[0] == 200


@pytest.mark.parametrize("length", [0, 3, 4, 5, 9, 20, 40, 80, 120])
def test_cut_body_is_refused(client: Client, length: int) -> None:
    body = secret("a", b"x" * 100, "deployed")[:length]

    assert send(client, "POST", SECRETS, body)[0] in (400, 422)
    assert client.names(SECRETS) == []


def test_kind_that_is_not_known_is_refused_as_a_format(client: Client) -> None:
    body = envelope("apps/v1", "Deployment", b"")

    assert send(client, "POST", "/apis/apps/v1/namespaces/default/deployments", body)[0] == 415
