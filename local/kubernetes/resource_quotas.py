"""Resource quotas of namespaces: what is used, and what would be too much.

Words: plugin resourcequota of k8s.io/apiserver, "Resource Quotas", Kubernetes documentation. Pods are those that
ReplicaSets have, as no pod runs here.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from assembly.values import Json
from local.kubernetes.kinds import Kind, built_in_kind
from local.kubernetes.objects import Objects
from local.kubernetes.quantities import amount, canonical

# Quotas on numbers of objects that have a name of their own; the others are ``count/<resource>``.
_COUNTED = ("configmaps", "persistentvolumeclaims", "resourcequotas", "secrets", "services")
# What each container must say where a quota limits it; podEvaluator, pkg/quota/v1/evaluator/core of kubernetes.
_COMPULSORY = {"cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"}
_REQUESTS = {"cpu": "requests.cpu", "memory": "requests.memory", "ephemeral-storage": "requests.ephemeral-storage"}


def too_many_objects(objects: Objects, kind: Kind, namespace: str) -> str:
    """Return why a namespace takes no more objects of a kind; empty where it does."""
    for quota in _quotas(objects, namespace):
        for key, limit in (quota.get("spec") or {}).get("hard", {}).items():
            if key == f"count/{kind.resource}" or (key == kind.plural and key in _COUNTED and not kind.group):
                used = sum(1 for _ in objects.list(kind, namespace))
                if used + 1 > amount(str(limit)):
                    return _exceeded(quota, {key: Decimal(1)}, {key: Decimal(used)})
    return ""


def too_many_pods(objects: Objects, namespace: str, replica_set: str, replicas: int, template: Json) -> str:
    """Return why a namespace takes no more pods of a template; empty where it takes as many as are wanted.

    Args:
        objects: of the cluster.
        namespace: of the pods.
        replica_set: name of the ReplicaSet that has them.
        replicas: how many there shall be.
        template: of the pods.
    """
    pod = pod_amounts(template.get("spec") or {})
    for quota in _quotas(objects, namespace):
        hard = {key: amount(str(limit)) for key, limit in (quota.get("spec") or {}).get("hard", {}).items()}
        if missing := "; ".join(_missing(template.get("spec") or {}, hard)):
            return f"failed quota: {quota['metadata']['name']}: must specify {missing}"
        used = dict(_used(objects, namespace, without=replica_set))
        over = {
            key: value
            for key, value in pod.items()
            if key in hard and used.get(key, Decimal(0)) + value * replicas > hard[key]
        }
        if over and replicas:
            fit = {key: used.get(key, Decimal(0)) for key in over}
            return _exceeded(quota, over, fit)
    return ""


def pod_amounts(spec: Json) -> dict[str, Decimal]:
    """Return what a pod counts against quotas: itself, its requests and its limits."""
    found: dict[str, Decimal] = {"pods": Decimal(1), "count/pods": Decimal(1)}
    for part in ("requests", "limits"):
        running: dict[str, Decimal] = {}
        for container in spec.get("initContainers") or ():
            amounts = _amounts(container, part)
            # A sidecar runs on; what others take is free again before the containers start ("Init Containers").
            stays = container.get("restartPolicy") == "Always"
            for key, value in amounts.items():
                found[key] = max(found.get(key, Decimal(0)), running.get(key, Decimal(0)) + value)
                running[key] = running.get(key, Decimal(0)) + (value if stays else 0)
        for container in spec.get("containers") or ():
            for key, value in _amounts(container, part).items():
                running[key] = running.get(key, Decimal(0)) + value
        found |= {key: max(found.get(key, Decimal(0)), value) for key, value in running.items()}
    # "cpu is the same as requests.cpu" ("Resource Quotas", Kubernetes documentation).
    return found | {short: found[name] for short, name in _REQUESTS.items() if name in found}


def _amounts(container: Json, part: str) -> dict[str, Decimal]:
    given: Mapping[str, object] = (container.get("resources") or {}).get(part) or {}
    return {f"{part}.{key}": amount(str(text)) for key, text in given.items()}


def _missing(spec: Json, hard: Mapping[str, Decimal]) -> Iterator[str]:
    """Yield what a quota limits and some containers do not say."""
    for key in sorted(_COMPULSORY & hard.keys()):
        part, _, resource = key.rpartition(".")
        names = [
            each["name"]
            for each in (*(spec.get("containers") or ()), *(spec.get("initContainers") or ()))
            if resource not in ((each.get("resources") or {}).get(part or "requests") or {})
        ]
        if names:
            yield f"{key} for: {','.join(names)}"


def _used(objects: Objects, namespace: str, *, without: str) -> Iterator[tuple[str, Decimal]]:
    total: dict[str, Decimal] = {}
    for each in objects.list(built_in_kind("ReplicaSet"), namespace):
        if each["metadata"]["name"] != without:
            running = each.get("status", {}).get("readyReplicas", 0)
            for key, value in pod_amounts(each["spec"]["template"].get("spec") or {}).items():
                total[key] = total.get(key, Decimal(0)) + value * running
    yield from total.items()


def _quotas(objects: Objects, namespace: str) -> Iterator[Json]:
    if namespace:
        yield from objects.list(built_in_kind("ResourceQuota"), namespace)


def _exceeded(quota: Json, requested: Mapping[str, Decimal], used: Mapping[str, Decimal]) -> str:
    hard = quota["spec"]["hard"]

    def row(amounts: Mapping[str, object]) -> str:
        return ",".join(f"{key}={canonical(str(value))}" for key, value in sorted(amounts.items()))

    limited = {key: hard[key] for key in requested}
    name = quota["metadata"]["name"]
    return f"exceeded quota: {name}, requested: {row(requested)}, used: {row(used)}, limited: {row(limited)}"
