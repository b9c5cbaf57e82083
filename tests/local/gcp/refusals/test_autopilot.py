"""Autopilot's own admission."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from assembly.values import Json
from local.gcp.refusals import autopilot, switches
from local.kubernetes.cluster import Cluster
from local.proxy.store import Store
from tests.local.kubernetes.client import DEPLOYMENT, DEPLOYMENTS, Client, changed

_NUMBERS = count()
_CONTAINER = {"name": "api", "image": "example/api:1"}


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    store = Store()
    yield store
    store.close()


@pytest.fixture(scope="module")
def autopilot_clusters(store: Store) -> Cluster:
    admission = [autopilot.admission(store)]
    documents = store.documents("kubernetes")
    return Cluster(documents, hosts=["*.gke.goog"], version="v1.34.1-gke.1000000", admission=admission)


@pytest.fixture
def cluster(autopilot_clusters: Cluster) -> Client:
    return Client(autopilot_clusters, f"autopilot-{next(_NUMBERS)}.us-central1.gke.goog")


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (
            {"initContainers": [_CONTAINER | {"name": "first", "resources": {"requests": {"cpu": "40"}}}]},
            "total cpu requests of the pod (40)",
        ),
        ({"hostPID": True}, "enabling hostPID is not allowed in Autopilot."),
        (
            {"containers": [_CONTAINER | {"securityContext": {"privileged": True}}]},
            "container api is privileged; not allowed in Autopilot",
        ),
        (
            {"containers": [_CONTAINER | {"ports": [{"containerPort": 80, "hostPort": 80}]}]},
            "container api specifies host ports [80], which are disallowed in Autopilot.",
        ),
        (
            {
                "volumes": [{"name": "proc", "hostPath": {"path": "/proc"}}],
                "containers": [_CONTAINER | {"volumeMounts": [{"name": "proc", "mountPath": "/proc"}]}],
            },
            "Allowed path prefixes for hostPath volumes are: [/var/log/].",
        ),
        (
            {"containers": [_CONTAINER | {"securityContext": {"capabilities": {"add": ["NET_ADMIN"]}}}]},
            "linux capability 'NET_ADMIN' on container 'api' not allowed",
        ),
        (
            {"containers": [_CONTAINER | {"resources": {"requests": {"cpu": "31"}}}]},
            "total cpu requests of the pod (31) exceed the maximum",
        ),
        (
            {"containers": [_CONTAINER | {"resources": {"requests": {"ephemeral-storage": "11Gi"}}}]},
            "total ephemeral-storage requests of the pod",
        ),
    ],
)
def test_what_autopilot_denies_is_named(cluster: Client, spec: Json, words: str) -> None:
    body: Any = changed(DEPLOYMENT, spec__template__spec={"containers": [_CONTAINER], **spec})
    answer = cluster.refused(DEPLOYMENTS, body)
    assert answer["message"].startswith(
        'admission webhook "warden-validating.common-webhooks.networking.gke.io" denied'
    )
    assert words in answer["message"]


def test_a_usual_deployment_passes(cluster: Client) -> None:
    cluster.post(DEPLOYMENTS, DEPLOYMENT)


def test_the_namespaces_of_google_are_its_own(cluster: Client) -> None:
    answer = cluster.refused("/api/v1/namespaces/kube-system/configmaps", {"metadata": {"name": "mine"}})
    assert answer["code"] == 403
    assert '[denied by managed-namespaces-limitation]: the namespace "kube-system" is managed' in answer["message"]


def test_bindings_there_are_what_the_switch_says(cluster: Client, store: Store) -> None:
    url = "/apis/rbac.authorization.k8s.io/v1/namespaces/kube-system/rolebindings"
    role = {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": "Role",
        "name": "extension-apiserver-authentication-reader",
    }
    cluster.post(url, {"metadata": {"name": "first"}, "roleRef": role})
    switches.turn(store, {"autopilot_kube_system": "nothing"})
    answer = cluster.refused(url, {"metadata": {"name": "second"}, "roleRef": role})
    assert (answer["code"], "managed-namespaces-limitation" in answer["message"]) == (403, True)
