"""Permissions that a request asks for, and the resources on which a role with them counts."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from local.gcp.iam.permissions import CONNECT, KUBERNETES, of_method
from local.gcp.rest.apis import find
from local.gcp.rest.calls import Cloud
from local.gcp.rest.discovery import Method
from local.kubernetes.paths import parse
from local.proxy.api import Request

STORAGE, REGISTRY, CLUSTERS = "storage.googleapis.com", ".pkg.dev", ".gke.goog"
TEST = "testIamPermissions"
_OBJECT = re.compile(r"/(?:(?:upload|download)/)?storage/v1/b/([^/]+)/o(/[^/]+)?/?")
_OBJECT_BY_XML = re.compile(r"/(?!(?:storage|upload|batch)/)([^/]+)/.+")
_IMAGE = re.compile(r"/v2/([^/]+)/([^/]+)/.+")
# The name of a cluster's endpoint has the number of its project.
_CLUSTER = re.compile(r"gke-\w+-(\d+)\..+")
_VERBS = {"DELETE": "delete", "PATCH": "update", "POST": "create", "PUT": "update"}


@dataclass(frozen=True)
class Need:
    """A permission that a request asks for.

    Attributes:
        permission: ``compute.networks.create``.
        resource: what is asked for, as the refusal names it.
        on: resources on one of which a role must hold the permission: the nearest, and what it is in.
        words: what a cluster's refusal says besides.
    """

    permission: str
    resource: str
    on: tuple[str, ...]
    words: Mapping[str, str] = field(default_factory=dict)


def needs(request: Request, cloud: Cloud) -> Iterator[Need]:
    """Yield what a request asks for; nothing of one that no API knows."""
    if request.host.endswith(CLUSTERS):
        yield from _of_cluster(request, cloud)
    elif request.host.endswith(REGISTRY):
        yield from _of_registry(request, cloud)
    elif request.host == STORAGE and (found := _object_method(request)):
        method, bucket = found
        yield from (_need(each, f"b/{bucket}", cloud) for each in of_method(method))
    elif called := find(request):
        yield from _of_method(called[0], called[1], request, cloud)


def chain(resource: str, cloud: Cloud) -> tuple[str, ...]:
    """Return a project, billing account, organization or bucket, and what it is in."""
    if resource.startswith("b/"):
        stored = cloud.documents("storage").get(resource)
        number = stored["outputs"]["projectNumber"] if stored else ""
        return (resource, *(chain(cloud.by_id(f"projects/{number}"), cloud) if number else ()))
    stored = cloud.documents("cloudresourcemanager").get(resource)
    parent = stored["body"].get("parent") if stored else None
    return (resource, parent) if parent else (resource,)


def holder_of(name: str) -> str:
    """Return what holds a resource: the first two parts of its name."""
    return "/".join(name.split("/")[:2])


def _need(permission: str, resource: str, cloud: Cloud, words: Mapping[str, str] | None = None) -> Need:
    return Need(permission, resource, chain(holder_of(resource), cloud), words or {})


def _of_method(method: Method, name: str, request: Request, cloud: Cloud) -> Iterator[Need]:
    if method.action == TEST:
        return
    body = _body(request)
    for permission in of_method(method.id):
        resource = _resource(permission, method, cloud.by_id(name), request, body)
        if resource:
            yield _need(permission, cloud.by_id(resource), cloud)


def _resource(permission: str, method: Method, name: str, request: Request, body: Mapping[str, Any]) -> str:
    """Return the resource on which a permission is asked for; empty where the request names none."""
    if permission == "resourcemanager.projects.create":
        # Whoever is in no organization needs no right ("Creating and managing projects", Resource Manager).
        return str(body.get("parent", ""))
    if permission.startswith("billing."):
        return name if name.startswith("billingAccounts/") else str(body.get("billingAccountName", ""))
    if request.host == STORAGE and name == "b":
        return f"projects/{request.query.get('project', '')}"
    if name.startswith("services/"):
        network = str(body.get("network") or body.get("consumerNetwork") or request.query.get("network", ""))
        return network[network.find("projects/") :]
    if method.action == "insert" and isinstance(body.get("name"), str):
        return f"{name}/{body['name']}"
    return name.removesuffix("/iam") if request.host == STORAGE else name


def _object_method(request: Request) -> tuple[str, str] | None:
    """Return the method on objects that a request calls, and the bucket."""
    if match := _OBJECT.fullmatch(request.path):
        reads = "get" if match[2] else "list"
        action = {"POST": "insert", "PATCH": "patch", "DELETE": "delete"}.get(request.method, reads)
        return f"storage.objects.{action}", unquote(match[1])
    if match := _OBJECT_BY_XML.fullmatch(request.path):
        return "storage.objects.get", unquote(match[1])
    return None


def _of_registry(request: Request, cloud: Cloud) -> Iterator[Need]:
    match = _IMAGE.fullmatch(request.path)
    if match is None:
        return
    location = request.host.removesuffix(REGISTRY).removesuffix("-docker")
    repository = f"projects/{match[1]}/locations/{location}/repositories/{match[2]}"
    action = {"GET": "pull", "HEAD": "pull", "DELETE": "delete"}.get(request.method, "push")
    for permission in of_method(f"artifactregistry.docker.{action}"):
        yield _need(permission, repository, cloud)


def _of_cluster(request: Request, cloud: Cloud) -> Iterator[Need]:
    match = _CLUSTER.fullmatch(request.host)
    project = cloud.by_id(f"projects/{match[1]}") if match else "projects/-"
    path = parse(request.path)
    if path is None:
        words = {"about": "clusters", "verb": "connect", "plural": "clusters", "where": "at the cluster scope"}
        yield _need(CONNECT, project, cloud, words)
        return
    verb = _VERBS.get(request.method, "get" if path.name else "list")
    group = f".{path.group}" if path.group else ""
    words = {
        "about": f"{path.plural}{group}",
        "verb": verb,
        "plural": path.plural,
        "group": path.group,
        "where": f'in the namespace "{path.namespace}"' if path.namespace else "at the cluster scope",
    }
    for permission in of_method(f"{KUBERNETES}.{path.plural}.{verb}"):
        yield _need(permission, project, cloud, words)


def _body(request: Request) -> Mapping[str, Any]:
    try:
        body = request.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
