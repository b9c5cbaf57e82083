"""Admission that every cluster has: Pod Security of namespaces and resource quotas."""

from assembly.values import Json, at
from local.kubernetes import pod_security, resource_quotas
from local.kubernetes.errors import forbidden
from local.kubernetes.kinds import Kind, built_in_kind
from local.kubernetes.objects import Objects


def check(objects: Objects, kind: Kind, item: Json, old: Json | None) -> list[str]:
    """Return the warnings to a client that makes or changes an object.

    Raises:
        StatusError: a quota is used up, or a pod breaks the level that its namespace enforces.
    """
    namespace = item["metadata"].get("namespace", "")
    name = item["metadata"].get("name", "")
    if old is None and (reason := resource_quotas.too_many_objects(objects, kind, namespace)):
        raise forbidden(kind.resource, name, reason)
    if kind.name == "Pod" and not kind.group:
        if reason := _violations(objects, namespace, item.get("spec") or {}, pod_security.ENFORCE):
            raise forbidden("pods", name, reason)
    elif (template := next(at(item, "spec.template.spec"), None)) and "containers" in template:
        found = _violations(objects, namespace, template, pod_security.WARN)
        return [found.replace("violates", "would violate", 1)] if found else []
    return []


def pods_problem(objects: Objects, replica_set: Json) -> str:
    """Return why the pods of a ReplicaSet cannot be made, as its controller is told; empty where they can."""
    metadata, spec = replica_set["metadata"], replica_set["spec"]
    if not spec["replicas"]:
        return ""
    reason = _violations(objects, metadata["namespace"], spec["template"].get("spec") or {}, pod_security.ENFORCE)
    reason = reason or resource_quotas.too_many_pods(
        objects, metadata["namespace"], metadata["name"], spec["replicas"], spec["template"]
    )
    return f'pods "{metadata["name"]}-" is forbidden: {reason}' if reason else ""


def _violations(objects: Objects, namespace: str, spec: Json, label: str) -> str:
    found = objects.get(built_in_kind("Namespace"), "", namespace) or {"metadata": {}}
    level = found["metadata"].get("labels", {}).get(label, "privileged")
    return pod_security.violations(level, spec)
