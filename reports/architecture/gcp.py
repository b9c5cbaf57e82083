"""Draws an environment on Google Cloud: a box for each construct that readers ask about, with what is in it.

An arrow says what is between two constructs, and is drawn only if the stack has a reference between them.
"""

from collections.abc import Callable, Iterator, Mapping

from assembly import Resource, Stack
from assembly.references import addresses_in
from assembly.values import Json

_EVERYWHERE = "global"
_CLIENT_ENDPOINTS = {"Zone": "DNS", "Edge": "HTTPS"}
_ARROWS = (
    ("Zone", "Edge", "names"),
    ("Edge", "Service", "HTTP"),
    ("Edge", "Storage", "static assets"),
    ("Service", "Database", "port 5432"),
    ("Service", "Cache", "TLS"),
    ("Service", "Secrets", "reads"),
    ("Cluster", "Service", "runs"),
    ("Scaling", "Service", "scales"),
    ("Undo", "Service", "rolls back"),
    ("Database", "Replica", "replication"),
    ("Archive", "Database", "exports"),
    ("Archive", "Storage", "keeps"),
    ("Observability", "Edge", "watches"),
)


def draw(stack: Stack) -> str:
    """Return the picture of an environment's stack, as Mermaid."""
    return "\n".join(_lines(stack)) + "\n"


def _lines(stack: Stack) -> Iterator[str]:
    boxes = {name: label for name, describe in _BOXES.items() if (label := describe(stack))}
    yield "flowchart LR"
    yield '  clients(["clients"])'
    for region in sorted({_region(stack, name) for name in boxes}):
        yield f'  subgraph {region.replace("-", "_")}["{region}"]'
        for name, label in boxes.items():
            if _region(stack, name) == region:
                yield f'    {name}["{label}"]'
        yield "  end"
    for name, text in _CLIENT_ENDPOINTS.items():
        if name in boxes:
            yield f"  clients -->|{text}| {name}"
    joined = set(_references(stack))
    for start, end, text in _ARROWS:
        if {start, end} <= boxes.keys() and {(start, end), (end, start)} & joined:
            yield f"  {start} -->|{text}| {end}"


def _references(stack: Stack) -> Iterator[tuple[str, str]]:
    for resource in stack.resources.values():
        for address in addresses_in(resource.properties):
            if other := stack.resources.get(address):
                yield _construct(resource), _construct(other)


def _construct(resource: Resource) -> str:
    return resource.path.partition("/")[0]


def _within(stack: Stack, construct: str, kind: str) -> list[Json]:
    return [
        resource.properties
        for resource in stack.resources.values()
        if resource.type == kind and _construct(resource) == construct
    ]


def _region(stack: Stack, construct: str) -> str:
    """Return the region of a construct's main resource; ``global`` for buckets in both regions and without a region."""
    for kind in ("google_sql_database_instance", "google_redis_instance", "google_container_cluster"):
        for body in _within(stack, construct, kind):
            return str(body.get("region") or body["location"])
    return stack.region if construct in {"Service", "Scaling", "Undo", "Archive"} else _EVERYWHERE


def _edge(stack: Stack) -> str:
    filtered = _within(stack, "Edge", "google_compute_security_policy")
    return "Load balancer, Cloud CDN<br>Cloud Armor" if filtered else ""


def _database(construct: str) -> Callable[[Stack], str]:
    def describe(stack: Stack) -> str:
        for body in _within(stack, construct, "google_sql_database_instance"):
            version = body["database_version"].removeprefix("POSTGRES_")
            kind = "read replica" if "master_instance_name" in body else body["settings"]["availability_type"].lower()
            return f"Cloud SQL<br>PostgreSQL {version}, {kind}"
        return ""

    return describe


def _cache(stack: Stack) -> str:
    if _within(stack, "Cache", "google_redis_instance"):
        return "Memorystore<br>Redis"
    return "Memorystore<br>Valkey" if _within(stack, "Cache", "google_memorystore_instance") else ""


def _named(construct: str, kind: str, label: str) -> Callable[[Stack], str]:
    return lambda stack: label if _within(stack, construct, kind) else ""


_BOXES: Mapping[str, Callable[[Stack], str]] = {
    "Zone": _named("Zone", "google_dns_managed_zone", "Cloud DNS"),
    "Edge": _edge,
    "Cluster": _named("Cluster", "google_container_cluster", "GKE Autopilot"),
    "Service": _named("Service", "kubernetes_deployment_v1", "FunkyGibbon"),
    "Scaling": _named("Scaling", "helm_release", "KEDA"),
    "Database": _database("Database"),
    "Replica": _database("Replica"),
    "Cache": _cache,
    "Storage": _named("Storage", "google_storage_bucket", "Cloud Storage"),
    "Secrets": _named("Secrets", "google_secret_manager_secret", "Secret Manager"),
    "Archive": _named("Archive", "google_workflows_workflow", "Workflows<br>monthly archive"),
    "Undo": _named("Undo", "google_workflows_workflow", "Workflows<br>rollback"),
    "Observability": _named("Observability", "google_monitoring_alert_policy", "Cloud Monitoring"),
}
