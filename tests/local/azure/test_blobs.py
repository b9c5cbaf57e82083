"""Blobs: contents, leases, versions, conditions, and what is no request of an account."""

import pytest

from local.proxy.api import Response
from tests.local.azure.conftest import SUBSCRIPTION, Azure

HOST = "goodiesstate.blob.core.windows.net"
ACCOUNT = "Microsoft.Storage/storageAccounts/goodiesstate"


@pytest.fixture
def account(azure: Azure) -> Azure:
    """An embedded Azure with an account that keeps versions, and a container whose blobs the caller owns."""
    azure.account()
    azure.put(f"{ACCOUNT}/blobServices/default", {"isVersioningEnabled": True})
    azure.put(f"{ACCOUNT}/blobServices/default/containers/state", {})
    azure.assign("Storage Blob Data Owner", SUBSCRIPTION)
    return azure


def send(azure: Azure, method: str, path: str, body: bytes | None = None, comp: str = "", **headers: str) -> Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return azure.send(method, path, body, host=HOST, query={"comp": comp} if comp else {}, headers=names)


def put(azure: Azure, content: bytes = b"one", **headers: str) -> Response:
    return send(azure, "PUT", "/state/a.tfstate", content, x_ms_blob_type="BlockBlob", **headers)


def lease(azure: Azure, action: str, **headers: str) -> Response:
    return send(azure, "PUT", "/state/a.tfstate", None, "lease", x_ms_lease_action=action, **headers)


def code(response: Response) -> tuple[int, str]:
    return response.status, response.headers.get("x-ms-error-code", "")


def test_what_is_put_is_read_with_its_metadata(account: Azure) -> None:
    assert put(account, b"one", x_ms_meta_who="me").status == 201
    found = send(account, "GET", "/state/a.tfstate")
    assert (found.status, found.body, found.headers["x-ms-meta-who"]) == (200, b"one", "me")
    send(account, "PUT", "/state/a.tfstate", None, "metadata", x_ms_meta_who="you")
    found = send(account, "HEAD", "/state/a.tfstate")
    assert (found.headers["content-length"], found.headers["x-ms-meta-who"]) == ("3", "you")


def test_blobs_are_listed_by_their_prefix(account: Azure) -> None:
    put(account)
    listed = account.send("GET", "/state", host=HOST, query={"restype": "container", "comp": "list", "prefix": "a"})
    assert b"<Name>a.tfstate</Name>" in listed.body
    listed = account.send("GET", "/state", host=HOST, query={"restype": "container", "comp": "list", "prefix": "b"})
    assert b"<Name>" not in listed.body


def test_a_version_outlives_the_next_one(account: Azure) -> None:
    first = put(account, b"one").headers["x-ms-version-id"]
    put(account, b"two")
    assert send(account, "GET", "/state/a.tfstate").body == b"two"
    assert account.send("GET", "/state/a.tfstate", host=HOST, query={"versionid": first}).body == b"one"
    account.put(f"{ACCOUNT}/blobServices/default", {"isVersioningEnabled": False})
    second = put(account, b"three").headers["x-ms-version-id"]
    put(account, b"four")
    assert account.send("GET", "/state/a.tfstate", host=HOST, query={"versionid": second}).status == 404


def test_what_is_leased_is_written_with_the_lease_only(account: Azure) -> None:
    put(account)
    assert lease(account, "acquire", x_ms_proposed_lease_id="mine", x_ms_lease_duration="-1").status == 201
    assert code(lease(account, "acquire", x_ms_proposed_lease_id="theirs")) == (409, "LeaseAlreadyPresent")
    assert code(put(account)) == (412, "LeaseIdMissing")
    assert code(put(account, x_ms_lease_id="theirs")) == (412, "LeaseIdMismatchWithBlobOperation")
    assert code(send(account, "DELETE", "/state/a.tfstate")) == (412, "LeaseIdMissing")
    assert put(account, b"two", x_ms_lease_id="mine").status == 201
    assert send(account, "HEAD", "/state/a.tfstate").headers["x-ms-lease-state"] == "leased"
    assert code(lease(account, "release", x_ms_lease_id="theirs")) == (409, "LeaseIdMismatchWithLeaseOperation")
    assert lease(account, "renew", x_ms_lease_id="mine").status == 200
    assert lease(account, "release", x_ms_lease_id="mine").status == 200
    assert put(account).status == 201


def test_a_lease_is_broken(account: Azure) -> None:
    put(account)
    assert code(lease(account, "break")) == (409, "LeaseNotPresentWithLeaseOperation")
    lease(account, "acquire", x_ms_proposed_lease_id="mine")
    assert code(lease(account, "break", if_match='"another"')) == (412, "ConditionNotMet")
    assert lease(account, "break").status == 202
    assert code(put(account, x_ms_lease_id="mine")) == (412, "LeaseNotPresentWithBlobOperation")
    assert put(account).status == 201


def test_conditions_hold(account: Azure) -> None:
    etag = put(account, if_none_match="*").headers["etag"]
    assert code(put(account, if_none_match="*")) == (412, "ConditionNotMet")
    assert put(account, if_match=etag).status == 201
    assert code(put(account, if_match=etag)) == (412, "ConditionNotMet")


def test_what_is_deleted_is_gone(account: Azure) -> None:
    put(account)
    assert send(account, "DELETE", "/state/a.tfstate").status == 202
    assert code(send(account, "GET", "/state/a.tfstate")) == (404, "BlobNotFound")
    assert code(send(account, "DELETE", "/state/a.tfstate")) == (404, "BlobNotFound")


@pytest.mark.parametrize(
    ("request_line", "headers", "said"),
    [
        (("GET", "/other/a", ""), {}, (404, "ContainerNotFound")),
        (("GET", "/", ""), {}, (400, "InvalidUri")),
        (("PATCH", "/state/a", ""), {}, (405, "UnsupportedHttpVerb")),
        (("PUT", "/state/a", ""), {}, (400, "InvalidHeaderValue")),
        (("PUT", "/state/a", "lease"), {"x_ms_lease_action": "acquire"}, (404, "BlobNotFound")),
    ],
)
def test_bad_input_is_an_answer(
    account: Azure, request_line: tuple[str, str, str], headers: dict[str, str], said: tuple[int, str]
) -> None:
    method, path, comp = request_line
    assert code(send(account, method, path, None, comp, **headers)) == said


def test_the_name_of_no_account_leads_nowhere(azure: Azure) -> None:
    with pytest.raises(StopIteration):
        azure.send("GET", "/state", host="nobody.blob.core.windows.net")
