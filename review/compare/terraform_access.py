"""Permissions and exposure of a resource on Terraform's providers, type by type, in words."""

from collections.abc import Callable, Iterator, Mapping

from assembly.values import Json, at
from review.model.resource import Resource
from review.model.values import text

_EVERYBODY = {"0.0.0.0/0", "::/0"}
_NOT_SCOPE = {"role", "member", "members", "condition", "etag"}
_PUBLIC = {"allUsers", "allAuthenticatedUsers"}


def grants(resource: Resource | None) -> Iterator[str]:
    """Yield the permissions of a resource, a line each."""
    if resource and (reader := _GRANTS.get(_family(resource.type))):
        yield from reader(resource.settings)


def exposures(resource: Resource | None) -> Iterator[str]:
    """Yield the internet sources that a resource admits, a line each."""
    if resource is None:
        return
    if reader := _EXPOSURES.get(resource.type):
        yield from reader(resource.settings)
    for member in _members(resource.settings):
        if member in _PUBLIC and "_iam_" in resource.type:
            yield f"anybody on the internet may {_first(resource.settings, 'role')}"


def _family(kind: str) -> str:
    """Return ``iam`` for what gives roles on Google Cloud, whatever it gives them on."""
    for ending in ("_iam_member", "_iam_binding"):
        if kind.startswith("google_") and kind.endswith(ending):
            return "iam"
    return kind.removesuffix("_v1")


def _first(settings: Json, path: str) -> str:
    return text(next(at(settings, path), "?"))


def _members(settings: Json) -> list[str]:
    return [text(member) for path in ("member", "members") for member in at(settings, path)]


def _iam(settings: Json) -> Iterator[str]:
    scopes = [value for key, value in settings.items() if key not in _NOT_SCOPE and isinstance(value, str)]
    where = ", ".join(scopes) or "the project"
    condition = ", under a condition" if settings.get("condition") else ""
    for member in _members(settings):
        yield f"{member} may {_first(settings, 'role')} on {where}{condition}"


def _custom_role(settings: Json) -> Iterator[str]:
    for permission in at(settings, "permissions"):
        yield f"a holder of {_first(settings, 'role_id')} may {text(permission)}"


def _kubernetes_role(settings: Json) -> Iterator[str]:
    for rule in at(settings, "rule"):
        what, on = (", ".join(map(text, at(rule, name))) for name in ("verbs", "resources"))
        yield f"a holder of {_first(settings, 'metadata.name')} may {what} {on}"


def _kubernetes_binding(settings: Json) -> Iterator[str]:
    for subject in at(settings, "subject"):
        yield f"{_first(subject, 'kind')} {_first(subject, 'name')} may what {_first(settings, 'role_ref.name')} may"


_GRANTS: Mapping[str, Callable[[Json], Iterator[str]]] = {
    "iam": _iam,
    "google_project_iam_custom_role": _custom_role,
    "kubernetes_role": _kubernetes_role,
    "kubernetes_cluster_role": _kubernetes_role,
    "kubernetes_role_binding": _kubernetes_binding,
    "kubernetes_cluster_role_binding": _kubernetes_binding,
}


def _firewall(settings: Json) -> Iterator[str]:
    if _first(settings, "direction") == "EGRESS" or settings.get("disabled") is True:
        return
    for protocol in at(settings, "allow"):
        ports = ", ".join(map(text, at(protocol, "ports"))) or "every port"
        if _EVERYBODY & set(map(text, at(settings, "source_ranges"))):
            yield f"anybody on the internet reaches {_first(protocol, 'protocol')} {ports}"


def _networks(path: str, what: str) -> Callable[[Json], Iterator[str]]:
    def read(settings: Json) -> Iterator[str]:
        if _EVERYBODY & set(map(text, at(settings, path))):
            yield f"anybody on the internet reaches {what}"

    return read


_EXPOSURES: Mapping[str, Callable[[Json], Iterator[str]]] = {
    "google_compute_firewall": _firewall,
    "google_compute_network_firewall_policy_rule": _networks("match.src_ip_ranges", "what the policy guards"),
    "google_container_cluster": _networks(
        "master_authorized_networks_config.cidr_blocks.cidr_block", "the cluster's control plane"
    ),
    "google_sql_database_instance": _networks("settings.ip_configuration.authorized_networks.value", "the database"),
}
