"""API servers of the clusters of an embedded cloud, told apart by their names."""

import json
from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

import yaml

from assembly.values import Json
from local.kubernetes import openapi, patches, protobuf, tables
from local.kubernetes.api_server import Admission, ApiServer
from local.kubernetes.discovery import AGGREGATED, Discovery
from local.kubernetes.errors import (
    StatusError,
    bad_request,
    method_not_allowed,
    no_such_path,
    unsupported_media_type,
)
from local.kubernetes.kinds import Kind, built_in_kind
from local.kubernetes.objects import Documents, Objects
from local.kubernetes.paths import ResourcePath, parse
from local.kubernetes.schemas import Schemas
from local.kubernetes.selectors import field_selector, label_selector
from local.proxy.api import Request, Response

# An empty openapi.v2.Document: swagger "2.0" (field 1), info (2) with a title (1) and a version (2).
_OPENAPI_V2 = b"\x0a\x032.0\x12\x10\x0a\x0aKubernetes\x12\x02v1"
_FIXED = {
    "/openapi/v2": Response(
        body=_OPENAPI_V2, headers={"content-type": "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"}
    ),
    **dict.fromkeys(
        ("/healthz", "/livez", "/readyz"), Response(body=b"ok", headers={"content-type": "text/plain; charset=utf-8"})
    ),
}
_BODIES = ("application/json", "application/yaml", protobuf.MEDIA_TYPE)


class Cluster:
    """API server of each cluster whose name fits; a name that was never asked for before is a new cluster.

    Args:
        documents: store; each cluster keeps its objects under its name.
        hosts: patterns of names, such as ``*.us-central1.gke.goog``.
        version: release of Kubernetes as ``/version`` gives it, such as ``v1.35.0-gke.1000000``.
        admission: what a managed cluster refuses beyond Kubernetes.
    """

    def __init__(
        self, documents: Documents, *, hosts: Sequence[str], version: str, admission: Sequence[Admission] = ()
    ) -> None:
        self._documents = documents
        self._hosts = tuple(hosts)
        self._version = version
        self._admission = admission
        self._schemas: Schemas | None = None
        self._servers: dict[str, ApiServer] = {}

    def serves(self, host: str) -> bool:
        """Return whether a name is that of a cluster."""
        return any(fnmatchcase(host, pattern) for pattern in self._hosts)

    def answer(self, request: Request) -> Response:
        """Answer a request to a cluster."""
        try:
            server = self._server(request.host)
            server.warnings.clear()
            response = self._answer(server, request)
            if not server.warnings:
                return response
            warnings = ", ".join(f"299 - {json.dumps(each)}" for each in dict.fromkeys(server.warnings))
            return replace(response, headers={**response.headers, "warning": warnings})
        except StatusError as error:
            return Response.of_json(error.content, status=error.status)

    def _server(self, host: str) -> ApiServer:
        if host not in self._servers or self._servers[host].objects.stale():
            # The schemas take a moment to read: they are read with the first cluster.
            self._schemas = self._schemas or Schemas(".".join(self._version.removeprefix("v").split(".")[:2]))
            self._servers[host] = ApiServer(Objects(self._documents, host), self._schemas, self._admission)
        return self._servers[host]

    def _answer(self, server: ApiServer, request: Request) -> Response:
        if request.path in _FIXED:
            return _FIXED[request.path]
        kinds = server.kinds()
        documents = Discovery(self._version, kinds, list(server.objects.list(built_in_kind("APIService"))))
        accepted = request.headers.get("accept", "").split(",")
        if request.path in ("/api", "/apis") and AGGREGATED in accepted:
            body = json.dumps(documents.aggregated(request.path)).encode()
            return Response(body=body, headers={"content-type": AGGREGATED})
        if request.path == "/openapi/v3":
            return Response.of_json(openapi.index(kinds))
        if request.path.startswith("/openapi/v3/"):
            document = openapi.document(request.path.removeprefix("/openapi/v3/"), kinds, server.schemas)
        else:
            document = documents.document(request.path)
        if document is not None:
            return Response.of_json(document)
        path = parse(request.path)
        kind = _kind(kinds, path) if path else None
        if path is None or kind is None:
            raise no_such_path()
        return _Verbs(server, kind, path, request).answer()


def _kind(kinds: Sequence[Kind], path: ResourcePath) -> Kind | None:
    wanted = (path.group, path.version, path.plural)
    return next((kind for kind in kinds if (kind.group, kind.version, kind.plural) == wanted), None)


class _Verbs:
    """Verbs of a request on one resource."""

    def __init__(self, server: ApiServer, kind: Kind, path: ResourcePath, request: Request) -> None:
        self._server = server
        self._kind = kind
        self._path = path
        self._request = request
        if path.subresource and path.subresource not in kind.subresources:
            raise no_such_path()

    def answer(self) -> Response:
        path, kind, options = self._path, self._kind, self._request.query
        match self._request.method, bool(path.name):
            case "GET", False:
                return self._list()
            case "GET", True:
                item = self._server.get(kind, path.namespace, path.name)
                return Response.of_json(self._table([item]) or self._view(item))
            case "POST", False:
                if kind.namespaced and not path.namespace:
                    raise method_not_allowed()
                item = self._server.create(kind, path.namespace, self._body(), options)
                return Response.of_json(item, status=201)
            case "PUT", True:
                return Response.of_json(self._put(self._body()))
            case "PATCH", True:
                return self._patch()
            case "DELETE", True:
                deletion = self._deletion()
                return Response.of_json(self._server.delete(kind, path.namespace, path.name, deletion))
            case "DELETE", False:
                deletion, items = self._deletion(), self._selected()
                for item in items:
                    metadata = item["metadata"]
                    self._server.delete(kind, metadata.get("namespace", ""), metadata["name"], deletion)
                return Response.of_json(self._items(items))
        raise method_not_allowed()

    def _put(self, body: Json) -> Json:
        path = self._path
        if path.subresource == "scale":
            item = self._server.get(self._kind, path.namespace, path.name)
            body = item | {"spec": item["spec"] | {"replicas": body.get("spec", {}).get("replicas", 0)}}
            return self._view(self._update(body, ""))
        return self._update(body, path.subresource)

    def _update(self, body: Json, subresource: str) -> Json:
        path = self._path
        return self._server.update(
            self._kind, path.namespace, path.name, body, self._request.query, subresource=subresource
        )

    def _patch(self) -> Response:
        path, media_type = self._path, self._media_type()
        if path.subresource == "scale":
            scale = self._view(self._server.get(self._kind, path.namespace, path.name))
            change = patches.json_patch if media_type == patches.JSON else patches.merge_patch
            return Response.of_json(self._put(change(scale, self._body())))
        new = media_type == patches.APPLY and self._server.objects.get(self._kind, path.namespace, path.name) is None
        item = self._server.patch(
            self._kind,
            path.namespace,
            path.name,
            media_type,
            self._body(),
            self._request.query,
            subresource=path.subresource,
        )
        return Response.of_json(item, status=201 if new else 200)

    def _view(self, item: Json) -> Json:
        """Return an object, or its scale."""
        if self._path.subresource != "scale":
            return item
        metadata = {key: item["metadata"][key] for key in ("name", "namespace", "uid", "resourceVersion")}
        labels = item["spec"]["selector"].get("matchLabels", {})
        return {
            "kind": "Scale",
            "apiVersion": "autoscaling/v1",
            "metadata": metadata | {"creationTimestamp": item["metadata"]["creationTimestamp"]},
            "spec": {"replicas": item["spec"]["replicas"]},
            "status": {
                "replicas": item.get("status", {}).get("replicas", 0),
                "selector": ",".join(f"{key}={value}" for key, value in sorted(labels.items())),
            },
        }

    def _list(self) -> Response:
        items = self._selected()
        if self._request.query.get("watch") in ("true", "1"):
            return self._watch(items)
        return Response.of_json(self._table(items) or self._items(items))

    def _table(self, items: list[Json]) -> Json | None:
        """Return objects as a table, where the client prefers one."""
        if self._path.subresource or not self._request.headers.get("accept", "").startswith(tables.MEDIA_TYPE):
            return None
        return tables.table(self._kind, items, self._server.objects.version)

    def _items(self, items: list[Json]) -> Json:
        return {
            "kind": self._kind.list_name,
            "apiVersion": self._kind.api_version,
            "metadata": {"resourceVersion": self._server.objects.version},
            "items": items,
        }

    def _selected(self) -> list[Json]:
        labels = label_selector(self._request.query.get("labelSelector", ""))
        fields = field_selector(self._request.query.get("fieldSelector", ""))
        items = self._server.objects.list(self._kind, self._path.namespace)
        return [item for item in items if labels(item) and fields(item)]

    def _watch(self, items: list[Json]) -> Response:
        """Return what changed since a version, and end there: a client asks again."""
        since = self._request.query.get("resourceVersion") or "0"
        kind = "ADDED" if since == "0" else "MODIFIED"
        events = [
            {"type": kind, "object": item} for item in items if int(item["metadata"]["resourceVersion"]) > int(since)
        ]
        metadata: Json = {"resourceVersion": self._server.objects.version}
        if self._request.query.get("sendInitialEvents") == "true":
            metadata |= {"annotations": {"k8s.io/initial-events-end": "true"}}
        if self._request.query.get("allowWatchBookmarks") == "true":
            bookmark = {"kind": self._kind.name, "apiVersion": self._kind.api_version, "metadata": metadata}
            events.append({"type": "BOOKMARK", "object": bookmark})
        body = "".join(json.dumps(event) + "\n" for event in events)
        return Response(body=body.encode(), headers={"content-type": "application/json"})

    def _deletion(self) -> Json:
        query = self._request.query
        options = {key: query[key] for key in ("propagationPolicy", "dryRun") if key in query}
        body = (self._body() if self._request.body else None) or {}
        if not isinstance(body, dict) or not isinstance(body.get("preconditions") or {}, dict):
            raise bad_request("the object provided is unrecognized (must be of type DeleteOptions)")
        return options | body

    def _media_type(self) -> str:
        return self._request.headers.get("content-type", "application/json").partition(";")[0].strip()

    def _body(self) -> Json:
        media_type, body = self._media_type(), self._request.body
        try:
            if media_type == protobuf.MEDIA_TYPE:
                return protobuf.decode(body)
            if media_type.endswith("yaml"):
                return yaml.safe_load(body)
            if media_type.endswith("json"):
                return json.loads(body)
        except (ValueError, yaml.YAMLError) as error:
            raise bad_request(f"the body cannot be decoded: {error}") from error
        except LookupError as error:
            raise unsupported_media_type(_BODIES[:2]) from error
        raise unsupported_media_type(_BODIES)
