"""Controllers of a cluster, each at once: they write the state that they would reach with time.

No pod runs: a Deployment's are counted as ready as soon as it is written.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Protocol

from assembly.values import Json
from local.kubernetes import admission
from local.kubernetes.kinds import Kind, built_in_kind
from local.kubernetes.objects import Objects

_REVISION = "deployment.kubernetes.io/revision"
_HASH = "pod-template-hash"
_HASH_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


class Server(Protocol):
    """API server as its controllers see it.

    Attributes:
        objects: what is stored.
    """

    objects: Objects

    def get(self, kind: Kind, namespace: str, name: str) -> Json:
        """Return an object."""

    def create(self, kind: Kind, namespace: str, body: Json) -> Json:
        """Make an object, and return it."""

    def update(self, kind: Kind, namespace: str, name: str, body: Json, options: Mapping[str, str]) -> Json:
        """Replace an object, and return it."""

    def delete(self, kind: Kind, namespace: str, name: str, delete_options: Json) -> Json:
        """Delete an object with all that belongs to it."""

    def set_status(self, kind: Kind, item: Json, status: Json) -> Json:
        """Write what a controller found out, where it is new."""


def reconcile(server: Server, kind: Kind, item: Json) -> None:
    """Bring what belongs to an object into the state that the object asks for."""
    if kind.definition is None and kind.name in _CONTROLLERS:
        _CONTROLLERS[kind.name](server, kind, item)


def _namespace(server: Server, kind: Kind, item: Json) -> None:
    item = server.set_status(kind, item, {"phase": "Active"})
    name = item["metadata"]["name"]
    for made, body in (
        ("ServiceAccount", {"metadata": {"name": "default"}}),
        ("ConfigMap", {"metadata": {"name": "kube-root-ca.crt"}, "data": {"ca.crt": ""}}),
    ):
        if server.objects.get(built_in_kind(made), name, body["metadata"]["name"]) is None:
            server.create(built_in_kind(made), name, body)


def _definition(server: Server, kind: Kind, item: Json) -> None:
    spec = item["spec"]
    since = {"lastTransitionTime": item["metadata"]["creationTimestamp"], "status": "True"}
    conditions = [
        {"type": "NamesAccepted", "reason": "NoConflicts", "message": "no conflicts found", **since},
        {"type": "Established", "reason": "InitialNamesAccepted", "message": "the initial names have been accepted"}
        | since,
    ]
    stored = [version["name"] for version in spec["versions"] if version["storage"]]
    stored = list(dict.fromkeys([*item.get("status", {}).get("storedVersions", ()), *stored]))
    server.set_status(kind, item, {"conditions": conditions, "acceptedNames": spec["names"], "storedVersions": stored})


def _api_service(server: Server, kind: Kind, item: Json) -> None:
    available = {
        "type": "Available",
        "status": "True",
        "reason": "Passed",
        "message": "all checks passed",
        "lastTransitionTime": item["metadata"]["creationTimestamp"],
    }
    server.set_status(kind, item, {"conditions": [available]})


def _service(server: Server, kind: Kind, item: Json) -> None:
    status: Json = {"loadBalancer": {}}
    if item["spec"]["type"] == "LoadBalancer":
        status["loadBalancer"]["ingress"] = [{"ip": "203.0.113.10", "ipMode": "VIP"}]  # of the documentation's range
    server.set_status(kind, item, status)


def _disruption_budget(server: Server, kind: Kind, item: Json) -> None:
    server.set_status(
        kind,
        item,
        {
            "currentHealthy": 0,
            "desiredHealthy": 0,
            "disruptionsAllowed": 0,
            "expectedPods": 0,
            "observedGeneration": item["metadata"]["generation"],
        },
    )


def _deployment(server: Server, kind: Kind, item: Json) -> None:
    """Make the ReplicaSet of the template, scale the others down, and count its pods as ready."""
    replica_sets = built_in_kind("ReplicaSet")
    metadata, spec = item["metadata"], item["spec"]
    old = [each for each in server.objects.list(replica_sets, metadata["namespace"]) if _owns(item, each)]
    current = next((each for each in old if _template(each) == _template(item)), None)
    digest = current["metadata"]["labels"][_HASH] if current else _digest(spec["template"])
    name = f"{metadata['name']}-{digest}"
    revisions = [int(each["metadata"]["annotations"][_REVISION]) for each in old]
    latest = max(revisions, default=0)
    revision = str(latest if current and _revision(current) == latest else latest + 1)
    annotations = {key: value for key, value in metadata.get("annotations", {}).items() if "last-applied" not in key}
    desired = {
        "metadata": {
            "name": name,
            "namespace": metadata["namespace"],
            "labels": spec["template"].get("metadata", {}).get("labels", {}) | {_HASH: digest},
            "annotations": annotations
            | {
                _REVISION: revision,
                "deployment.kubernetes.io/desired-replicas": str(spec["replicas"]),
                "deployment.kubernetes.io/max-replicas": str(spec["replicas"]),
            },
            "ownerReferences": [
                {
                    "apiVersion": item["apiVersion"],
                    "kind": item["kind"],
                    "name": metadata["name"],
                    "uid": metadata["uid"],
                    "controller": True,
                    "blockOwnerDeletion": True,
                }
            ],
        },
        "spec": {
            "replicas": spec["replicas"],
            "selector": {"matchLabels": spec["selector"].get("matchLabels", {}) | {_HASH: digest}},
            "template": _labelled(spec["template"], digest),
        },
    }
    if current is None:
        server.create(replica_sets, metadata["namespace"], desired)
    else:
        server.update(replica_sets, metadata["namespace"], name, desired, {})
    made = server.get(replica_sets, metadata["namespace"], name)
    problem = next((each["message"] for each in made.get("status", {}).get("conditions", ())), "")
    for each in old:
        if each["metadata"]["name"] != name and each["spec"]["replicas"] and not problem:
            stopped = each | {"spec": each["spec"] | {"replicas": 0}}
            server.update(replica_sets, metadata["namespace"], each["metadata"]["name"], stopped, {})
    _drop_history(server, replica_sets, [each for each in old if each is not current], spec["revisionHistoryLimit"])
    if metadata.get("annotations", {}).get(_REVISION) != revision:
        annotations = metadata.get("annotations", {}) | {_REVISION: revision}
        item = item | {"metadata": metadata | {"annotations": annotations}}
        item = server.objects.put(kind, item)
    server.set_status(kind, item, _stuck_status(item, name, problem) if problem else _rollout_status(item, name))


def _stuck_status(item: Json, replica_set: str, problem: str) -> Json:
    """Return the status after the deadline of a Deployment whose pods cannot be made."""
    since = item["metadata"]["creationTimestamp"]
    common = {"lastTransitionTime": since, "lastUpdateTime": since}
    return {
        "conditions": [
            {"type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable"}
            | common
            | {"message": "Deployment does not have minimum availability."},
            {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate"} | common | {"message": problem},
            {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
            | common
            | {"message": f'ReplicaSet "{replica_set}" has timed out progressing.'},
        ],
        "observedGeneration": item["metadata"]["generation"],
        "unavailableReplicas": item["spec"]["replicas"],
    }


def _rollout_status(item: Json, replica_set: str) -> Json:
    since = item["metadata"]["creationTimestamp"]
    common = {"lastTransitionTime": since, "lastUpdateTime": since, "status": "True"}
    conditions = [
        {"type": "Available", "reason": "MinimumReplicasAvailable"}
        | common
        | {"message": "Deployment has minimum availability."},
        {"type": "Progressing", "reason": "NewReplicaSetAvailable"}
        | common
        | {"message": f'ReplicaSet "{replica_set}" has successfully progressed.'},
    ]
    replicas = item["spec"]["replicas"]
    counts = ("availableReplicas", "readyReplicas", "replicas", "updatedReplicas")
    return {
        "conditions": conditions,
        "observedGeneration": item["metadata"]["generation"],
        **(dict.fromkeys(counts, replicas) if replicas else {}),  # Go leaves a zero out
    }


def _replica_set(server: Server, kind: Kind, item: Json) -> None:
    replicas = item["spec"]["replicas"]
    if problem := admission.pods_problem(server.objects, item):
        failure = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": problem}
        failure["lastTransitionTime"] = item["metadata"]["creationTimestamp"]
        none = {"observedGeneration": item["metadata"]["generation"], "replicas": 0, "conditions": [failure]}
        server.set_status(kind, item, none)
        return
    status = {"observedGeneration": item["metadata"]["generation"], "replicas": replicas}
    counts = ("availableReplicas", "fullyLabeledReplicas", "readyReplicas")
    server.set_status(kind, item, status | (dict.fromkeys(counts, replicas) if replicas else {}))


def _drop_history(server: Server, kind: Kind, old: list[Json], limit: int) -> None:
    for each in sorted(old, key=_revision)[: max(len(old) - limit, 0)]:
        server.delete(kind, each["metadata"]["namespace"], each["metadata"]["name"], {})


def _revision(replica_set: Json) -> int:
    return int(replica_set["metadata"]["annotations"][_REVISION])


def _owns(owner: Json, item: Json) -> bool:
    return any(each["uid"] == owner["metadata"]["uid"] for each in item["metadata"].get("ownerReferences", ()))


def _template(item: Json) -> Json:
    """Return the template without the label that a controller sets."""
    template = item["spec"]["template"]
    metadata = template.get("metadata", {})
    labels = {key: value for key, value in metadata.get("labels", {}).items() if key != _HASH}
    return template | {"metadata": metadata | {"labels": labels}}


def _labelled(template: Json, digest: str) -> Json:
    metadata = template.get("metadata", {})
    return template | {"metadata": metadata | {"labels": metadata.get("labels", {}) | {_HASH: digest}}}


def _digest(template: Json) -> str:
    number = int(hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:12], 16)
    return "".join(_HASH_LETTERS[number // len(_HASH_LETTERS) ** place % len(_HASH_LETTERS)] for place in range(10))


_CONTROLLERS: Mapping[str, Callable[[Server, Kind, Json], None]] = {
    "APIService": _api_service,
    "CustomResourceDefinition": _definition,
    "Deployment": _deployment,
    "Namespace": _namespace,
    "PodDisruptionBudget": _disruption_budget,
    "ReplicaSet": _replica_set,
    "Service": _service,
}
