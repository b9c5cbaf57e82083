"""Values that the API server derives from others when it takes an object.

Sources: pkg/apis/<group>/v1/defaults.go and pkg/registry of kubernetes/kubernetes.
"""

import base64
import ipaddress
from collections.abc import Callable, Iterator, Mapping, Sequence

from assembly.values import Json, at
from local.kubernetes.kinds import Kind

_NODE_PORTS = range(30000, 32768)
_SERVICE_ADDRESSES = ipaddress.ip_network("34.118.224.0/20")  # the range of a GKE cluster that names none of its own


def derive(kind: Kind, item: Json, others: Sequence[Json]) -> None:
    """Set what follows from other fields of an object, in place.

    Args:
        kind: of the object.
        item: the object.
        others: objects of the kind as stored; the object itself too, where it is not new.
    """
    for template in _pod_specs(item):
        _pod(template)
    if kind.definition is not None:
        return
    if kind.name == "Service":
        _service(item, others)
    elif kind.name in _DERIVED:
        _DERIVED[kind.name](item)


def _pod_specs(item: Json) -> Iterator[Json]:
    for path in ("spec.template.spec", "spec.jobTemplate.spec.template.spec"):
        yield from (spec for spec in at(item, path) if "containers" in spec)
    if item.get("kind") == "Pod":
        yield item["spec"]


def _pod(spec: Json) -> None:
    for container in spec.get("containers", []) + spec.get("initContainers", []):
        _, _, tag = container.get("image", "").rpartition("/")[2].partition(":")
        latest = "@" not in container.get("image", "") and tag in ("", "latest")
        container.setdefault("imagePullPolicy", "Always" if latest else "IfNotPresent")
        resources = container["resources"]
        if limits := resources.get("limits"):
            resources["requests"] = limits | resources.get("requests", {})
    if name := spec.get("serviceAccountName") or spec.get("serviceAccount"):
        spec["serviceAccountName"] = spec["serviceAccount"] = name  # the second is the first's deprecated name


def _deployment(item: Json) -> None:
    strategy = item["spec"]["strategy"]
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        strategy["rollingUpdate"] = {"maxSurge": "25%", "maxUnavailable": "25%"} | strategy.get("rollingUpdate", {})


def _service(item: Json, services: Sequence[Json]) -> None:
    spec = item["spec"]
    for port in spec.get("ports", []):
        port.setdefault("targetPort", port["port"])
    if spec["type"] == "ExternalName":
        return
    metadata = item["metadata"]
    own: Json = next((each for each in services if _same_object(each["metadata"], metadata)), {"spec": {}})["spec"]
    taken = {each["spec"].get("clusterIP") for each in services}
    free = (str(address) for address in _SERVICE_ADDRESSES.hosts() if str(address) not in taken)
    spec["clusterIP"] = spec.get("clusterIP") or own.get("clusterIP") or next(free)
    spec["clusterIPs"] = [spec["clusterIP"]]
    spec.setdefault("ipFamilies", ["IPv4"])
    spec.setdefault("ipFamilyPolicy", "SingleStack")
    if spec["type"] in ("NodePort", "LoadBalancer"):
        _expose(spec, own, {port.get("nodePort") for each in services for port in each["spec"].get("ports", [])})


def _expose(spec: Json, own: Json, taken: set[int | None]) -> None:
    """Give the ports of a service ports of the nodes: those that it had, else free ones."""
    had = {port["port"]: port["nodePort"] for port in own.get("ports", []) if "nodePort" in port}
    free = (number for number in _NODE_PORTS if number not in taken)
    for port in spec.get("ports", []):
        port["nodePort"] = port.get("nodePort") or had.get(port["port"]) or next(free)
    spec.setdefault("externalTrafficPolicy", "Cluster")
    if spec["type"] == "LoadBalancer":
        spec.setdefault("allocateLoadBalancerNodePorts", True)


def _same_object(metadata: Json, other: Json) -> bool:
    return (metadata["namespace"], metadata["name"]) == (other["namespace"], other.get("name"))


def _secret(item: Json) -> None:
    for key, text in item.pop("stringData", {}).items():
        item.setdefault("data", {})[key] = base64.b64encode(text.encode()).decode()


def _namespace(item: Json) -> None:
    if name := item["metadata"].get("name"):
        item["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = name
    item["spec"].setdefault("finalizers", ["kubernetes"])


def _network_policy(item: Json) -> None:
    types = ["Ingress", "Egress"] if item["spec"].get("egress") else ["Ingress"]
    item["spec"].setdefault("policyTypes", types)


def _binding(item: Json) -> None:
    for subject in item.get("subjects", []):
        if subject["kind"] in ("User", "Group"):
            subject.setdefault("apiGroup", "rbac.authorization.k8s.io")


def _definition(item: Json) -> None:
    names = item["spec"]["names"]
    names.setdefault("singular", names["kind"].lower())
    names.setdefault("listKind", f"{names['kind']}List")


_DERIVED: Mapping[str, Callable[[Json], None]] = {
    "ClusterRoleBinding": _binding,
    "CustomResourceDefinition": _definition,
    "Deployment": _deployment,
    "Namespace": _namespace,
    "NetworkPolicy": _network_policy,
    "RoleBinding": _binding,
    "Secret": _secret,
}
