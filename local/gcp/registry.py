"""OCI registry of Artifact Registry (``*.pkg.dev``): what puts a chart, and what helm pulls.

Paths, statuses and error codes are those of the "OCI Distribution Specification" 1.1.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Callable

from local.gcp.authorization import token_of
from local.proxy.api import Api, Request, Response
from local.proxy.store import Store

_DOMAIN = ".pkg.dev"
_PATH = re.compile(r"/v2/(?P<name>[a-z0-9._/-]+?)/(?P<kind>blobs|blobs/uploads|manifests|tags)/(?P<reference>[^/]*)")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_TAG = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
_OCTETS = "application/octet-stream"


class Registry:
    """Images and charts in repositories of Artifact Registry.

    Args:
        store: keeps them.
        repositories: the API of Artifact Registry, asked whether a repository is there.
    """

    def __init__(self, store: Store, repositories: Api) -> None:
        self._documents = store.documents("registry")
        self._contents = store.contents("registry")
        self._repositories = repositories

    def serves(self, host: str) -> bool:
        """Return whether the API answers for a name."""
        return host.endswith(_DOMAIN)

    def answer(self, request: Request) -> Response:
        """Answer a request."""
        if request.path == "/v2/":
            return Response.of_json({})
        if request.path == "/v2/token":
            token = token_of(request)
            return Response.of_json({"token": token, "access_token": token, "expires_in": 3600})
        match = _PATH.fullmatch(request.path)
        if match is None:
            return _error(404, "NAME_UNKNOWN", f"{request.path} is no path of a registry.")
        if refusal := self._missing_repository(request.host, match["name"]):
            return refusal
        name = f"{request.host}/{match['name']}"
        answers: dict[str, Callable[[Request, str, str], Response]] = {
            "blobs": self._blob,
            "blobs/uploads": self._upload,
            "manifests": self._manifest,
            "tags": self._tags,
        }
        return answers[match["kind"]](request, name, match["reference"])

    def _blob(self, request: Request, name: str, digest: str) -> Response:
        content = self._contents.get(f"{name}@{digest}")
        if request.method not in {"GET", "HEAD"}:
            return _unsupported(request)
        if content is None:
            return _error(404, "BLOB_UNKNOWN", f"{name}@{digest}")
        return _content(content, digest, _OCTETS)

    def _upload(self, request: Request, name: str, session: str) -> Response:
        key = f"{name}?{session}"
        digest = request.query.get("digest", "")
        if request.method == "POST" and not session:
            if digest:
                return self._finish(request, name, digest, request.body)
            session = uuid.uuid4().hex
            self._contents.put(f"{name}?{session}", b"")
            return _accepted(request, session, 0)
        received = self._contents.get(key)
        if received is None:
            return _error(404, "BLOB_UPLOAD_UNKNOWN", session)
        match request.method:
            case "PATCH":
                received += request.body
                self._contents.put(key, received)
                return _accepted(request, session, len(received))
            case "PUT":
                self._contents.delete(key)
                return self._finish(request, name, digest, received + request.body)
        return _unsupported(request)

    def _finish(self, request: Request, name: str, digest: str, content: bytes) -> Response:
        if digest != _digest(content):
            return _error(400, "DIGEST_INVALID", f"given {digest!r}; the content's is {_digest(content)}")
        self._contents.put(f"{name}@{digest}", content)
        repository = name.removeprefix(f"{request.host}/")
        return Response(
            status=201, headers={"location": f"/v2/{repository}/blobs/{digest}", "docker-content-digest": digest}
        )

    def _manifest(self, request: Request, name: str, reference: str) -> Response:
        if request.method == "PUT":
            return self._put_manifest(request, name, reference)
        digest = reference if _DIGEST.fullmatch(reference) else self._documents.get(f"{name}:{reference}")
        stored = self._documents.get(f"{name}@{digest}")
        content = self._contents.get(f"{name}@{digest}")
        if stored is None or content is None:
            return _error(404, "MANIFEST_UNKNOWN", f"{name}:{reference}")
        match request.method:
            case "GET" | "HEAD":
                return _content(content, str(digest), stored["type"])
            case "DELETE":
                self._documents.delete(f"{name}:{reference}" if digest != reference else f"{name}@{digest}")
                return Response(status=202)
        return _unsupported(request)

    def _put_manifest(self, request: Request, name: str, reference: str) -> Response:
        digest = _digest(request.body)
        if reference != digest and not _TAG.fullmatch(reference):
            return _error(400, "DIGEST_INVALID", f"given {reference!r}; allowed are a tag and {digest}")
        try:
            manifest = json.loads(request.body)
            parts = [manifest["config"], *manifest["layers"]] if "layers" in manifest else []
            digests = [part["digest"] for part in parts]
            kind = request.headers.get("content-type") or manifest.get("mediaType", _OCTETS)
        except (ValueError, TypeError, KeyError, AttributeError):
            return _error(400, "MANIFEST_INVALID", "A manifest is JSON with a config and layers.")
        for part in digests:
            if self._contents.get(f"{name}@{part}") is None:
                return _error(400, "MANIFEST_BLOB_UNKNOWN", f"{name}@{part}")
        self._contents.put(f"{name}@{digest}", request.body)
        self._documents.put(f"{name}@{digest}", {"type": kind})
        if reference != digest:
            self._documents.put(f"{name}:{reference}", digest)
        repository = name.removeprefix(f"{request.host}/")
        return Response(
            status=201, headers={"location": f"/v2/{repository}/manifests/{digest}", "docker-content-digest": digest}
        )

    def _tags(self, request: Request, name: str, reference: str) -> Response:
        if request.method != "GET" or reference != "list":
            return _unsupported(request)
        tags = [each.removeprefix(f"{name}:") for each in self._documents.list(f"{name}:")]
        if not tags:
            return _error(404, "NAME_UNKNOWN", name)
        return Response.of_json({"name": name.removeprefix(f"{request.host}/"), "tags": tags})

    def _missing_repository(self, host: str, name: str) -> Response | None:
        """The refusal where a path's repository of Artifact Registry is not there."""
        project, _, rest = name.partition("/")
        location = host.removesuffix(_DOMAIN).removesuffix("-docker")
        repository = f"projects/{project}/locations/{location}/repositories/{rest.partition('/')[0]}"
        request = Request(method="GET", host="artifactregistry.googleapis.com", path=f"/v1/{repository}")
        if self._repositories.answer(request).status == 200:  # noqa: PLR2004
            return None
        return _error(404, "NAME_UNKNOWN", f'Repository "{repository}" not found')


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _content(content: bytes, digest: str, kind: str) -> Response:
    return Response(body=content, headers={"content-type": kind, "docker-content-digest": digest})


def _accepted(request: Request, session: str, size: int) -> Response:
    """The answer to a part of an upload, which says where the next one goes."""
    begun = request.path if request.path.endswith(session) else f"{request.path}{session}"
    headers = {"location": begun, "docker-upload-uuid": session, "range": f"0-{max(size - 1, 0)}"}
    return Response(status=202, headers=headers)


def _unsupported(request: Request) -> Response:
    return _error(405, "UNSUPPORTED", f"{request.method} {request.path}")


def _error(status: int, code: str, message: str) -> Response:
    return Response.of_json({"errors": [{"code": code, "message": message}]}, status=status)
