"""Checks between Kubernetes objects: each returns the objects that break its promise.

The tests of the promises call them with what was synthesized, the tests of the tests with what was broken on purpose.
"""

import re
from collections.abc import Iterator, Sequence

from kubernetes_validate import ValidationError, latest_version, validate

from assembly.kubernetes import objects
from assembly.values import Json
from tests.gcp.terraform import Stack

# Kinds that stand in no namespace.
_CLUSTER_WIDE = {"Namespace", "ClusterRole", "ClusterRoleBinding", "PriorityClass"}
# Kinds that only the controllers which own them have schemas of.
_CUSTOM = re.compile(r"keda\.sh/|secrets-store\.csi\.x-k8s\.io/")


def everything(stack: Stack) -> list[Json]:
    return [item for _, item in objects(stack.content)]


def of_kind(stack: Stack, kind: str) -> list[Json]:
    return [item for item in everything(stack) if item["kind"] == kind]


def label(item: Json) -> str:
    return f"{item['kind']} {item['metadata'].get('name')}"


def invalid(stack: Stack) -> list[str]:
    """Name what the schemas of Kubernetes refuse: unknown fields, missing ones, wrong types."""
    return [
        f"{label(item)}: {problem}"
        for item in everything(stack)
        if not _CUSTOM.match(item["apiVersion"])
        for problem in _schema_problems(item)
    ]


def _schema_problems(item: Json) -> Iterator[str]:
    try:
        validate(_without_expressions(item), latest_version(), strict=True)
    except ValidationError as error:
        yield f"{'.'.join(map(str, error.path))}: {error.message}"


def _without_expressions(value: Json) -> Json:
    """Leave out the numbers that are known only at apply."""
    if isinstance(value, dict):
        kept = {key: item for key, item in value.items() if key != "replicas" or isinstance(item, int)}
        return {key: _without_expressions(item) for key, item in kept.items()}
    return [_without_expressions(item) for item in value] if isinstance(value, list) else value


def pods(stack: Stack) -> list[tuple[str, str, Json]]:
    """Return label, namespace and template of everything that makes pods."""
    return _pods(everything(stack))


def _pods(items: Sequence[Json]) -> list[tuple[str, str, Json]]:
    return [
        (label(item), item["metadata"]["namespace"], item["spec"]["template"])
        for item in items
        if item["kind"] in {"Deployment", "Job"}
    ]


def selecting_nothing(stack: Stack) -> list[str]:
    """Name the selectors of a stack's own objects that fit no pod."""
    return unselected(everything(stack))


def unselected(items: Sequence[Json]) -> list[str]:
    """Name selectors that fit no pod of their namespace, and those of a Deployment that do not fit its own pods."""
    labelled = [(namespace, _labels(template)) for _, namespace, template in _pods(items)]
    return [
        f"{who} selects {selector}"
        for who, namespace, selector in _selectors(items)
        if not any(place == namespace and selector.items() <= labels.items() for place, labels in labelled)
    ] + [
        f"{who} selects others: {selector}"
        for who, template, selector in _own_selectors(items)
        if not selector.items() <= _labels(template).items()
    ]


def _labels(template: Json) -> dict[str, str]:
    return template["metadata"].get("labels") or {}


def _selectors(items: Sequence[Json]) -> Iterator[tuple[str, str, dict[str, str]]]:
    for item in items:
        spec, namespace = item.get("spec") or {}, item["metadata"].get("namespace", "")
        if item["kind"] == "Service":
            yield label(item), namespace, spec.get("selector", {})
        if item["kind"] == "PodDisruptionBudget":
            yield label(item), namespace, spec["selector"].get("matchLabels", {})
        if item["kind"] == "NetworkPolicy":
            yield label(item), namespace, spec["podSelector"].get("matchLabels", {})


def _own_selectors(items: Sequence[Json]) -> Iterator[tuple[str, Json, dict[str, str]]]:
    for item in items:
        if item["kind"] == "Deployment":
            yield label(item), item["spec"]["template"], item["spec"]["selector"].get("matchLabels", {})
    for who, _, template in _pods(items):
        for constraint in template["spec"].get("topologySpreadConstraints", []):
            yield f"{who} spread", template, constraint["labelSelector"]["matchLabels"]


def dangling(stack: Stack) -> list[str]:
    """Name the objects that an object refers to and that do not exist."""
    present = {
        (item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]) for item in everything(stack)
    }
    return [
        f"{who} refers to {kind} {name}"
        for who, kind, namespace, name in _references(stack)
        if (kind, namespace, name) not in present
    ]


def _references(stack: Stack) -> Iterator[tuple[str, str, str, str]]:
    for item in everything(stack):
        namespace = item["metadata"].get("namespace", "")
        if item["kind"] not in _CLUSTER_WIDE:
            yield label(item), "Namespace", "", namespace
        if item["kind"] == "ScaledObject":
            yield label(item), "Deployment", namespace, item["spec"]["scaleTargetRef"]["name"]
            for trigger in item["spec"]["triggers"]:
                if "authenticationRef" in trigger:
                    yield label(item), "TriggerAuthentication", namespace, trigger["authenticationRef"]["name"]
    for who, namespace, template in pods(stack):
        yield who, "ServiceAccount", namespace, template["spec"]["serviceAccountName"]
        for volume in template["spec"].get("volumes", []):
            yield from ((who, kind, namespace, name) for kind, name in _sources(volume))


def _sources(volume: Json) -> Iterator[tuple[str, str]]:
    if "configMap" in volume:
        yield "ConfigMap", volume["configMap"]["name"]
    if "secret" in volume:
        yield "Secret", volume["secret"]["secretName"]
    if "csi" in volume:
        yield "SecretProviderClass", volume["csi"]["volumeAttributes"]["secretProviderClass"]


def unmounted(stack: Stack) -> list[str]:
    """Name the mounts of volumes that their pod does not have, and the volumes without a mount."""
    found = []
    for who, _, template in pods(stack):
        volumes = {volume["name"] for volume in template["spec"].get("volumes", [])}
        mounts = {mount["name"] for each in containers(template) for mount in each.get("volumeMounts", [])}
        found += [f"{who}: volume {name}" for name in sorted(volumes ^ mounts)]
    return found


def containers(template: Json) -> list[Json]:
    return [*template["spec"].get("initContainers", []), *template["spec"]["containers"]]


def missing_ports(stack: Stack) -> list[str]:
    """Name the probes and services that ask a port which no container has."""
    open_ports: dict[str, set[Json]] = {}
    for _, namespace, template in pods(stack):
        for each in template["spec"]["containers"]:
            open_ports.setdefault(namespace, set()).update(_ports(each))
    unanswered = [
        f"{who}: {probe} asks {each.get(probe, {}).get('httpGet', {}).get('port')}"
        for who, _, template in pods(stack)
        for each in template["spec"]["containers"]
        for probe in ("startupProbe", "readinessProbe", "livenessProbe")
        if each.get(probe, {}).get("httpGet", {}).get("port") not in _ports(each)
    ]
    services = [
        f"{label(service)} asks {port.get('targetPort', port['port'])}"
        for service in of_kind(stack, "Service")
        for port in service["spec"]["ports"]
        if port.get("targetPort", port["port"]) not in open_ports.get(service["metadata"]["namespace"], set())
    ]
    return unanswered + services


def _ports(container: Json) -> set[Json]:
    return {port[key] for port in container.get("ports", []) for key in ("name", "containerPort") if key in port}
