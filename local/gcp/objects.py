"""Objects of Cloud Storage, as Terraform's ``gcs`` backend and Google's clients use them: by JSON, and read by XML.

Shapes and error reasons are those of "Cloud Storage JSON API" and "Cloud Storage XML API". Encryption keys that a
request names are not used: what it stores lies in the state of the embedded cloud.
"""

import base64
import datetime
import hashlib
import json
import re
import time
from collections.abc import Mapping
from email.message import Message
from email.parser import BytesParser
from email.utils import format_datetime
from urllib.parse import quote, unquote

from assembly.values import Json
from local.proxy.api import Api, Request, Response
from local.proxy.store import Store

HOST = "storage.googleapis.com"
_OBJECT = re.compile(r"/(?:(upload|download)/)?storage/v1/b/([^/]+)/o(?:/([^/]+))?/?")
_BUCKET = re.compile(r"/storage/v1/b/([^/]+)")
_XML = re.compile(r"/([a-z0-9][a-z0-9._-]{1,221}[a-z0-9])/(.+)")
_PAGE = 1000


class Objects:
    """Objects in buckets; requests for the buckets themselves go to the API that has them.

    Args:
        store: keeps the objects.
        buckets: the API of buckets, asked whether one is there.
    """

    def __init__(self, store: Store, buckets: Api) -> None:
        self._objects = store.documents("storage objects")
        self._contents = store.contents("storage objects")
        self._buckets = buckets

    def serves(self, host: str) -> bool:
        """Return whether the API answers for a name."""
        return host == HOST

    def answer(self, request: Request) -> Response:
        """Answer a request."""
        if match := _OBJECT.fullmatch(request.path):
            kind, bucket, name = match[1], unquote(match[2]), unquote(match[3] or "")
            if not self._has_bucket(bucket):
                return _error(404, "notFound", "The specified bucket does not exist.")
            return self._answer_json(request, kind or "", bucket, name)
        match = _BUCKET.fullmatch(request.path) if request.method == "DELETE" else None
        if match and self._of(unquote(match[1]), ""):
            return _error(409, "conflict", "The bucket you tried to delete is not empty.")
        if not request.path.startswith(("/storage/", "/upload/", "/batch/")) and (
            match := _XML.fullmatch(request.path)
        ):
            return self._answer_xml(request, match[1], unquote(match[2]))
        return self._buckets.answer(request)

    def _answer_json(self, request: Request, kind: str, bucket: str, name: str) -> Response:
        match request.method, kind, bool(name):
            case "POST", "upload", False:
                return self._insert(request, bucket)
            case "GET", "", False:
                return self._list(request, bucket)
            case "GET", "" | "download", True:
                return self._get(request, bucket, name)
            case "PATCH", "", True:
                return self._patch(request, bucket, name)
            case "DELETE", "", True:
                return self._delete(request, bucket, name)
        return _error(405, "methodNotAllowed", f"{request.method} of this path is not an operation on objects.")

    def _insert(self, request: Request, bucket: str) -> Response:
        try:
            given, content, kind = _upload(request)
        except ValueError as error:
            return _error(400, "invalid", str(error))
        name = given.get("name") or request.query.get("name")
        if not name:
            return _error(400, "required", "Required parameter: name")
        key = f"{bucket}/{name}"
        before = self._objects.get(key)
        if refusal := _precondition(request, before):
            return refusal
        now = _now()
        generation = max(time.time_ns() // 1000, int(before["generation"]) + 1 if before else 0)
        self._contents.put(key, content)
        stored = {
            "contentType": kind,
            "storageClass": "STANDARD",
            **{field: value for field, value in given.items() if value is not None},
            "kind": "storage#object",
            "id": f"{key}/{generation}",
            "name": name,
            "bucket": bucket,
            "generation": str(generation),
            "metageneration": "1",
            "size": str(len(content)),
            "md5Hash": base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode(),
            "etag": base64.b64encode(f"{generation}/1".encode()).decode(),
            "selfLink": f"https://{HOST}/storage/v1/b/{bucket}/o/{quote(name, safe='')}",
            "mediaLink": f"https://{HOST}/download/storage/v1/b/{bucket}/o/{quote(name, safe='')}?alt=media",
            "timeCreated": now,
            "updated": now,
        }
        if key_name := request.query.get("kmsKeyName"):
            stored["kmsKeyName"] = f"{key_name}/cryptoKeyVersions/1"
        self._objects.put(key, stored)
        return Response.of_json(stored)

    def _list(self, request: Request, bucket: str) -> Response:
        prefix, delimiter = request.query.get("prefix", ""), request.query.get("delimiter", "")
        items: list[Json] = []
        prefixes: set[str] = set()
        for each in self._of(bucket, prefix).values():
            rest = each["name"][len(prefix) :]
            if delimiter and delimiter in rest:
                prefixes.add(prefix + rest.partition(delimiter)[0] + delimiter)
            else:
                items.append(each)
        # Terraform sends both with no value.
        size = min(int(request.query.get("maxResults") or _PAGE), _PAGE)
        start = int(request.query.get("pageToken") or 0)
        page: dict[str, Json] = {"kind": "storage#objects", "items": items[start : start + size]}
        if prefixes:
            page["prefixes"] = sorted(prefixes)
        if start + size < len(items):
            page["nextPageToken"] = str(start + size)
        return Response.of_json(page)

    def _get(self, request: Request, bucket: str, name: str) -> Response:
        stored = self._objects.get(f"{bucket}/{name}")
        if stored is None or (request.query.get("generation") or stored["generation"]) != stored["generation"]:
            return _error(404, "notFound", f"No such object: {bucket}/{name}")
        if refusal := _precondition(request, stored):
            return refusal
        if request.query.get("alt") != "media":
            return Response.of_json(stored)
        return self._content(stored)

    def _patch(self, request: Request, bucket: str, name: str) -> Response:
        stored = self._objects.get(f"{bucket}/{name}")
        if stored is None:
            return _error(404, "notFound", f"No such object: {bucket}/{name}")
        if refusal := _precondition(request, stored):
            return refusal
        changed = {**stored, **request.json(), "metageneration": str(int(stored["metageneration"]) + 1)}
        self._objects.put(f"{bucket}/{name}", changed | {"updated": _now()})
        return Response.of_json(changed)

    def _delete(self, request: Request, bucket: str, name: str) -> Response:
        key = f"{bucket}/{name}"
        stored = self._objects.get(key)
        if stored is None:
            return _error(404, "notFound", f"No such object: {key}")
        if refusal := _precondition(request, stored):
            return refusal
        self._objects.delete(key)
        self._contents.delete(key)
        return Response(status=204)

    def _answer_xml(self, request: Request, bucket: str, name: str) -> Response:
        if request.method not in {"GET", "HEAD"}:
            return _xml_error(405, "MethodNotAllowed", "Objects are only read by this path.")
        if not self._has_bucket(bucket):
            return _xml_error(404, "NoSuchBucket", "The specified bucket does not exist.")
        stored = self._objects.get(f"{bucket}/{name}")
        if stored is None:
            return _xml_error(404, "NoSuchKey", "The specified key does not exist.")
        return self._content(stored)

    def _content(self, stored: Json) -> Response:
        updated = datetime.datetime.fromisoformat(stored["updated"])
        headers = {
            "content-type": stored["contentType"],
            "etag": f'"{stored["etag"]}"',
            "last-modified": format_datetime(updated, usegmt=True),
            "x-goog-generation": stored["generation"],
            "x-goog-metageneration": stored["metageneration"],
            "x-goog-stored-content-length": stored["size"],
            "x-goog-stored-content-encoding": "identity",
            "x-goog-hash": f"md5={stored['md5Hash']}",
            "x-goog-storage-class": stored["storageClass"],
        }
        body = self._contents.get(f"{stored['bucket']}/{stored['name']}") or b""
        return Response(body=body, headers=headers)

    def _has_bucket(self, bucket: str) -> bool:
        request = Request(method="GET", host=HOST, path=f"/storage/v1/b/{quote(bucket, safe='')}")
        return self._buckets.answer(request).status == 200  # noqa: PLR2004

    def _of(self, bucket: str, prefix: str) -> Mapping[str, Json]:
        return self._objects.list(f"{bucket}/{prefix}")


def _upload(request: Request) -> tuple[dict[str, Json], bytes, str]:
    """The metadata, the content and the content's type of an upload.

    Raises:
        ValueError: it is of another kind, or not whole.
    """
    kind = request.headers.get("content-type", "application/octet-stream")
    upload = request.query.get("uploadType")
    if upload == "media":
        return {}, request.body, kind
    if upload != "multipart":
        raise ValueError(f"uploadType: given {upload!r}; allowed are media and multipart.")
    described, content = _parts(kind, request.body)
    metadata = json.loads(described[1])
    if not isinstance(metadata, dict):
        raise ValueError("The first part of a multipart upload is the object's metadata.")  # noqa: TRY004 - of a request
    return metadata, content[1], content[0].get_content_type()


def _parts(kind: str, body: bytes) -> tuple[tuple[Message, bytes], tuple[Message, bytes]]:
    """The two parts of a body of type multipart/related (RFC 2387)."""
    whole = Message()
    whole["content-type"] = kind
    boundary = whole.get_boundary()
    if not boundary:
        raise ValueError("Content-Type: a multipart upload needs a boundary.")
    match (b"\r\n" + body).split(b"\r\n--" + boundary.encode()):
        case [_, described, content, end] if end.startswith(b"--"):
            return _part(described), _part(content)
    raise ValueError("A multipart upload has two parts, and ends with its boundary.")


def _part(part: bytes) -> tuple[Message, bytes]:
    head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    return BytesParser().parsebytes(head, headersonly=True), content


def _precondition(request: Request, stored: Json | None) -> Response | None:
    """The refusal of a request whose preconditions do not hold ("Request preconditions", Cloud Storage)."""
    found = {
        "Generation": stored["generation"] if stored else "0",
        "Metageneration": stored["metageneration"] if stored else "0",
    }
    for name, value in found.items():
        wanted = request.query.get(f"if{name}Match") or value
        if wanted != value or request.query.get(f"if{name}NotMatch") == value:
            message = "At least one of the pre-conditions you specified did not hold."
            return _error(412, "conditionNotMet", message)
    return None


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _error(status: int, reason: str, message: str) -> Response:
    """An error of the JSON API ("HTTP status and error codes for JSON")."""
    error = {"message": message, "domain": "global", "reason": reason}
    return Response.of_json({"error": {"code": status, "message": message, "errors": [error]}}, status=status)


def _xml_error(status: int, code: str, message: str) -> Response:
    """An error of the XML API ("HTTP status and error codes for XML")."""
    body = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return Response(status=status, body=body.encode(), headers={"content-type": "application/xml; charset=UTF-8"})
