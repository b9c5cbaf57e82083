"""Blobs of storage accounts (``<account>.blob.core.windows.net``), as Terraform's ``azurerm`` backend uses them.

Operations, headers and error codes are those of "Blob service REST API" and "Blob service error codes". Blocks, pages,
snapshots and shared keys are not here: a caller has a role, or it has nothing.
"""

import datetime
import hashlib
import re
import uuid
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote
from xml.sax.saxutils import escape

from assembly.values import Json
from local.azure.answers import blob_error
from local.azure.arm.calls import Cloud
from local.azure.arm.ids import ResourceId
from local.azure.arm.resources import get
from local.azure.arm.services.storage import account_named
from local.azure.firewalls import obstacle
from local.azure.roles.caller import Caller
from local.proxy.api import Request, Response
from local.proxy.store import Store

DOMAIN = ".blob.core.windows.net"
_PATH = re.compile(r"/([a-z0-9-]{3,63})(?:/(.+))?")
_ACTIONS = "Microsoft.Storage/storageAccounts/blobServices/containers/"
_META = "x-ms-meta-"
_SPACE = "blobs"
_LEASED = "leased"
# Blobs that nobody has leased.
_FREE = {"state": "available", "id": ""}


class _Refused(Exception):
    """An answer that refuses a request."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.response = blob_error(status, code, message)


@dataclass(frozen=True)
class _Call:
    """A request on a blob, or on a container where it names none."""

    request: Request
    container: ResourceId
    name: str
    versioned: bool

    @property
    def key(self) -> str:
        return f"{self.container.names[0]}/{self.container.name}/{self.name}"

    def header(self, name: str) -> str:
        return self.request.headers.get(name, "")


class Blobs:
    """Blobs in containers that Resource Manager has. The name of another account leads nowhere.

    Args:
        store: keeps them.
    """

    def __init__(self, store: Store) -> None:
        self._cloud = Cloud(store)
        self._blobs = store.documents(_SPACE)
        self._contents = store.contents(_SPACE)

    def serves(self, host: str) -> bool:
        """Return whether an account of the name is there."""
        return host.endswith(DOMAIN) and account_named(self._cloud, host.removesuffix(DOMAIN)) is not None

    def answer(self, request: Request) -> Response:
        """Answer a request."""
        try:
            with self._cloud.store.transaction():
                response = self._answer(request)
        except _Refused as refused:
            response = refused.response
        headers = {"x-ms-version": request.headers.get("x-ms-version", ""), "x-ms-request-id": str(uuid.uuid4())}
        return Response(status=response.status, body=response.body, headers={**headers, **response.headers})

    def _answer(self, request: Request) -> Response:
        account = account_named(self._cloud, request.host.removesuffix(DOMAIN))
        match = _PATH.fullmatch(unquote(request.path))
        if account is None or match is None:
            raise _Refused(400, "InvalidUri", "The requested URI does not represent any resource on the server.")
        if obstacle(self._cloud, account["body"]):
            # azurerm issue 15683: the account's firewall, whatever role the caller has.
            raise _Refused(403, "AuthorizationFailure", "This request is not authorized to perform this operation.")
        service = ResourceId(account["id"]).below("blobServices", "default")
        container = service.below("containers", match[1])
        properties = self._cloud.find(service)
        versioned = bool(properties and get(properties["body"], "properties.isVersioningEnabled"))
        call = _Call(request, container, match[2] or "", versioned)
        operation, action, data = self._operation(call)
        if not Caller(self._cloud).may(f"{_ACTIONS}{action}", container, data=data):
            message = "This request is not authorized to perform this operation using this permission."
            raise _Refused(403, "AuthorizationPermissionMismatch", message)
        if self._cloud.find(container) is None:
            raise _Refused(404, "ContainerNotFound", "The specified container does not exist.")
        return operation(call)

    def _operation(self, call: _Call) -> tuple[Callable[[_Call], Response], str, bool]:
        """Return what answers a request, and the action that it takes."""
        method, component = call.request.method, call.request.query.get("comp", "")
        match method, component, bool(call.name):
            case "GET", "list", False:
                return self._list, "blobs/read", True
            case "GET" | "HEAD", "", False:
                return self._container, "read", False
            case "GET" | "HEAD", "" | "metadata", True:
                return self._get, "blobs/read", True
            case "PUT", "", True:
                return self._put, "blobs/write", True
            case "PUT", "metadata", True:
                return self._set_metadata, "blobs/write", True
            case "PUT", "lease", True:
                return self._lease, "blobs/write", True
            case "DELETE", "", True:
                return self._delete, "blobs/delete", True
        raise _Refused(405, "UnsupportedHttpVerb", "The resource doesn't support the specified Http Verb.")

    def _container(self, call: _Call) -> Response:
        stored = self._cloud.find(call.container)
        return Response(headers={"etag": f'"{stored["etag"] if stored else ""}"', "x-ms-lease-state": "available"})

    def _list(self, call: _Call) -> Response:
        prefix = call.request.query.get("prefix", "")
        lines = []
        for key, blob in self._blobs.list(f"{call.key}{prefix}").items():
            properties = "".join(
                f"<{name}>{escape(value)}</{name}>"
                for name, value in {
                    "Creation-Time": blob["created"],
                    "Last-Modified": blob["modified"],
                    "Etag": blob["etag"],
                    "Content-Length": str(blob["length"]),
                    "Content-Type": blob["type"],
                    "BlobType": "BlockBlob",
                    "LeaseStatus": "locked" if blob["lease"]["state"] == _LEASED else "unlocked",
                    "LeaseState": blob["lease"]["state"],
                }.items()
            )
            lines.append(
                f"<Blob><Name>{escape(key.removeprefix(call.key))}</Name><Properties>{properties}</Properties></Blob>"
            )
        body = (
            f'<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="https://{call.request.host}/"'
            f' ContainerName="{call.container.name}"><Prefix>{escape(prefix)}</Prefix><Blobs>{"".join(lines)}</Blobs>'
            "<NextMarker /></EnumerationResults>"
        )
        return Response(body=body.encode(), headers={"content-type": "application/xml"})

    def _get(self, call: _Call) -> Response:
        blob = self._found(call)
        version = call.request.query.get("versionid") or blob["version"]
        content = self._contents.get(f"{call.key}?{version}")
        if content is None:
            raise _Refused(404, "BlobNotFound", "The specified blob does not exist.")
        return Response(body=content, headers={**_headers(blob), "content-length": str(len(content))})

    def _put(self, call: _Call) -> Response:
        if call.header("x-ms-blob-type") != "BlockBlob":
            given = call.header("x-ms-blob-type")
            raise _Refused(400, "InvalidHeaderValue", f"x-ms-blob-type: given {given!r}; allowed is BlockBlob.")
        before = self._blobs.get(call.key)
        self._check(call, before)
        content, now = call.request.body, self._cloud.time()
        blob = {
            "created": format_datetime(now, usegmt=True),
            **(before or {}),
            "length": len(content),
            "type": call.header("x-ms-blob-content-type") or call.header("content-type") or "application/octet-stream",
            "metadata": _metadata(call.request),
            "md5": b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode(),
            "lease": (before or {}).get("lease", _FREE),
        }
        return self._keep(call, blob, content, now, status=201)

    def _set_metadata(self, call: _Call) -> Response:
        blob = self._found(call)
        self._check(call, blob)
        content = self._contents.get(f"{call.key}?{blob['version']}") or b""
        return self._keep(call, {**blob, "metadata": _metadata(call.request)}, content, self._cloud.time(), status=200)

    def _keep(self, call: _Call, blob: Json, content: bytes, now: datetime.datetime, *, status: int) -> Response:
        """Store a blob in place of what was there; the one before stays, where the account keeps versions."""
        before = self._blobs.get(call.key)
        version = now.isoformat(timespec="microseconds").replace("+00:00", "0Z")
        if before and not call.versioned:
            self._contents.delete(f"{call.key}?{before['version']}")
        blob = {**blob, "version": version, "modified": format_datetime(now, usegmt=True), "etag": _etag()}
        self._blobs.put(call.key, blob)
        self._contents.put(f"{call.key}?{version}", content)
        return Response(status=status, headers={**_headers(blob), "x-ms-request-server-encrypted": "true"})

    def _delete(self, call: _Call) -> Response:
        blob = self._found(call)
        self._check(call, blob)
        self._blobs.delete(call.key)
        if not call.versioned:
            self._contents.delete(f"{call.key}?{blob['version']}")
        return Response(status=202)

    def _lease(self, call: _Call) -> Response:
        blob = self._found(call)
        lease, action = blob["lease"], call.header("x-ms-lease-action").lower()
        given = call.header("x-ms-lease-id")
        if (wanted := call.header("if-match")) and wanted != blob["etag"]:
            raise _condition_not_met()
        status, headers = 200, {}
        match action:
            case "acquire":
                proposed = call.header("x-ms-proposed-lease-id") or str(uuid.uuid4())
                if lease["state"] == _LEASED and lease["id"] != proposed:
                    raise _Refused(409, "LeaseAlreadyPresent", "There is already a lease present.")
                lease, status, headers = {"state": _LEASED, "id": proposed}, 201, {"x-ms-lease-id": proposed}
            case "renew" | "release" if lease["state"] != _LEASED or lease["id"] != given:
                message = "The lease ID specified did not match the lease ID for the blob."
                raise _Refused(409, "LeaseIdMismatchWithLeaseOperation", message)
            case "renew":
                headers = {"x-ms-lease-id": given}
            case "release":
                lease = _FREE
            case "break" if lease["state"] != _LEASED:
                raise _Refused(409, "LeaseNotPresentWithLeaseOperation", "There is currently no lease on the blob.")
            case "break":
                lease, status, headers = {"state": "broken", "id": ""}, 202, {"x-ms-lease-time": "0"}
            case _:
                raise _Refused(400, "InvalidHeaderValue", f"x-ms-lease-action: given {action!r}.")
        self._blobs.put(call.key, {**blob, "lease": lease})
        return Response(status=status, headers={"etag": blob["etag"], "last-modified": blob["modified"], **headers})

    def _found(self, call: _Call) -> Json:
        blob = self._blobs.get(call.key)
        if blob is None:
            raise _Refused(404, "BlobNotFound", "The specified blob does not exist.")
        return blob

    @staticmethod
    def _check(call: _Call, blob: Json | None) -> None:
        """Refuse a change of a blob that another has leased, or that is not what the caller has read."""
        wanted, unwanted = call.header("if-match"), call.header("if-none-match")
        if (unwanted == "*" and blob) or (wanted and (blob is None or wanted != blob["etag"])):
            raise _condition_not_met()
        given = call.header("x-ms-lease-id")
        if blob is None or blob["lease"]["state"] != _LEASED:
            if given and blob:
                message = "There is currently no lease on the blob."
                raise _Refused(412, "LeaseNotPresentWithBlobOperation", message)
            return
        if not given:
            message = "There is currently a lease on the blob and no lease ID was specified in the request."
            raise _Refused(412, "LeaseIdMissing", message)
        if given != blob["lease"]["id"]:
            message = "The lease ID specified did not match the lease ID for the blob."
            raise _Refused(412, "LeaseIdMismatchWithBlobOperation", message)


def _condition_not_met() -> _Refused:
    return _Refused(412, "ConditionNotMet", "The condition specified using HTTP conditional header(s) is not met.")


def _metadata(request: Request) -> dict[str, str]:
    return {name[len(_META) :]: value for name, value in request.headers.items() if name.startswith(_META)}


def _headers(blob: Mapping[str, Any]) -> dict[str, str]:
    return {
        "content-type": blob["type"],
        "content-md5": blob.get("md5", ""),
        "etag": blob["etag"],
        "last-modified": blob["modified"],
        "x-ms-blob-type": "BlockBlob",
        "x-ms-creation-time": blob["created"],
        "x-ms-lease-state": blob["lease"]["state"],
        "x-ms-lease-status": "locked" if blob["lease"]["state"] == _LEASED else "unlocked",
        "x-ms-version-id": blob["version"],
        **{f"{_META}{name}": value for name, value in blob["metadata"].items()},
    }


def _etag() -> str:
    return f'"0x8D{uuid.uuid4().hex[:13].upper()}"'
