"""The objects of Kubernetes in a synthesized Terraform stack, as ``kubectl`` would show them.

Terraform's typed resources spell the same objects in another way: fields in snake case, lists in the singular, some
integers as text. What only the cluster's own controllers know, such as a ScaledObject, comes in the values of a Helm
release of the chart that writes down its ``objects``.
"""

import json
import re
from collections.abc import Iterator

from assembly.values import Json

_KINDS = {
    "cluster_role": ("rbac.authorization.k8s.io/v1", "ClusterRole"),
    "cluster_role_binding": ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
    "config_map": ("v1", "ConfigMap"),
    "cron_job": ("batch/v1", "CronJob"),
    "deployment": ("apps/v1", "Deployment"),
    "horizontal_pod_autoscaler": ("autoscaling/v2", "HorizontalPodAutoscaler"),
    "ingress": ("networking.k8s.io/v1", "Ingress"),
    "job": ("batch/v1", "Job"),
    "limit_range": ("v1", "LimitRange"),
    "namespace": ("v1", "Namespace"),
    "network_policy": ("networking.k8s.io/v1", "NetworkPolicy"),
    "pod_disruption_budget": ("policy/v1", "PodDisruptionBudget"),
    "priority_class": ("scheduling.k8s.io/v1", "PriorityClass"),
    "resource_quota": ("v1", "ResourceQuota"),
    "role": ("rbac.authorization.k8s.io/v1", "Role"),
    "role_binding": ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    "secret": ("v1", "Secret"),
    "service": ("v1", "Service"),
    "service_account": ("v1", "ServiceAccount"),
}
_NOT_THE_OBJECTS = {"//", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner", "timeouts"}
_PLURALS = {
    "container": "containers",
    "init_container": "initContainers",
    "metric": "metrics",
    "port": "ports",
    "rule": "rules",
    "subject": "subjects",
    "toleration": "tolerations",
    "topology_spread_constraint": "topologySpreadConstraints",
    "volume": "volumes",
    "volume_mount": "volumeMounts",
}
# Terraform allows several where Kubernetes knows one.
_SINGLE = {"label_selector", "post_start", "pre_stop"}
_INTEGERS = {
    "fs_group",
    "max_surge",
    "max_unavailable",
    "min_available",
    "port",
    "replicas",
    "run_as_group",
    "run_as_user",
    "target_port",
}
_FREE_KEYS = {
    "annotations",
    "binary_data",
    "data",
    "labels",
    "limits",
    "match_labels",
    "node_selector",
    "requests",
    "volume_attributes",
}
_REFERENCE = re.compile(r"\$\{(kubernetes_\w+)\.([\w-]+)\.([\w.\[\]]+)\}")


def objects(content: Json) -> Iterator[tuple[str, Json]]:
    """Yield the address in Terraform and the manifest of each object of a stack.

    What is known only at apply stays the expression that it is, ``${…}``.

    Raises:
        LookupError: for a resource type that is not known here.
    """
    for kind, named in content.get("resource", {}).items():
        for name, body in named.items():
            address = f"{kind}.{name}"
            if kind.startswith("kubernetes_"):
                yield address, _resolved(_manifest(kind, body), content)
            elif kind == "helm_release":
                for item in _of_release(body):
                    yield address, _resolved(item, content)


def _manifest(kind: str, body: Json) -> Json:
    known = _KINDS.get(re.sub(r"_v\d+\w*$", "", kind.removeprefix("kubernetes_")))
    if known is None:
        raise LookupError(f"{kind}: assembly/kubernetes.py does not know its apiVersion and kind; add them")
    own = {key: value for key, value in body.items() if key not in _NOT_THE_OBJECTS and not key.startswith("wait_")}
    return {"apiVersion": known[0], "kind": known[1], **_camel(own)}


def _of_release(body: Json) -> Iterator[Json]:
    for values in body.get("values", []):
        if str(body.get("chart", "")).startswith("assets/"):
            yield from json.loads(values).get("objects", [])


def _camel(value: Json) -> Json:
    if isinstance(value, list):
        return [_camel(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {_name(key, item): _value(key, item) for key, item in value.items()}


def _name(key: str, value: Json) -> str:
    if key in _PLURALS and isinstance(value, list):
        return _PLURALS[key]
    return re.sub(r"_(\w)", lambda found: found[1].upper(), key)


def _value(key: str, value: Json) -> Json:
    if key in _FREE_KEYS:
        return value
    if key in _SINGLE and isinstance(value, list) and len(value) == 1:
        return _camel(value[0])
    if key in _INTEGERS and isinstance(value, str) and value.isdigit():
        return int(value)
    return int(value, 8) if key == "default_mode" and isinstance(value, str) else _camel(value)


def _resolved(value: Json, content: Json) -> Json:
    """Return a value with the names of other objects in it for references to them."""
    match value:
        case dict():
            return {key: _resolved(item, content) for key, item in value.items()}
        case list():
            return [_resolved(item, content) for item in value]
        case str():
            return _REFERENCE.sub(lambda found: _looked_up(found, content), value)
    return value


def _looked_up(reference: re.Match[str], content: Json) -> str:
    here = content["resource"].get(reference[1], {}).get(reference[2], {})
    for key in re.sub(r"\[0\]", "", reference[3]).split("."):
        here = here.get(key) if isinstance(here, dict) else None
    return here if isinstance(here, str) else reference[0]
