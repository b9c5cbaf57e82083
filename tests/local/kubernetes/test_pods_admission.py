"""Pods that a namespace does not take: Pod Security and quotas."""

import json
from typing import Any

import pytest

from assembly.values import Json
from tests.local.kubernetes.client import DEPLOYMENT, Client, changed

_NAMESPACES = "/api/v1/namespaces"
_LABELS = {"pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/warn": "restricted"}
_RESTRICTED: Json = {
    "name": "api",
    "image": "example/api:1",
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    },
}


def _namespace(client: Client, **labels: str) -> None:
    client.post(_NAMESPACES, {"metadata": {"name": "app", "labels": labels}})


def _deploy(client: Client, *containers: Json, **values: Any) -> Any:
    spec = {"containers": list(containers), **values}
    body = changed(DEPLOYMENT, spec__template__spec=spec)
    return client.post("/apis/apps/v1/namespaces/app/deployments", body)


def _conditions(deployment: Any) -> dict[str, Any]:
    return {each["type"]: each for each in deployment["status"]["conditions"]}


def test_a_restricted_pod_is_ready(client: Client) -> None:
    _namespace(client, **_LABELS)
    _deploy(client, _RESTRICTED)
    found = client.get("/apis/apps/v1/namespaces/app/deployments/api")
    assert found["status"]["readyReplicas"] == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"allowPrivilegeEscalation": True}, "must set securityContext.allowPrivilegeEscalation=false"),
        ({"capabilities": {}}, 'must set securityContext.capabilities.drop=["ALL"]'),
        ({"runAsNonRoot": None}, "must set securityContext.runAsNonRoot=true"),
        ({"runAsUser": 0}, "must not set runAsUser=0"),
        (
            {"seccompProfile": {"type": "Unconfined"}},
            'must set securityContext.seccompProfile.type to "RuntimeDefault"',
        ),
        ({"privileged": True}, "must not set securityContext.privileged=true"),
        ({"procMount": "Unmasked"}, 'procMount (container "api" must not set securityContext.procMount to "Unmasked")'),
        ({"seLinuxOptions": {"type": "spc_t", "user": "root"}}, 'type "spc_t"; user may not be set'),
        ({"appArmorProfile": {"type": "Unconfined"}}, 'must not set AppArmor profile type to "Unconfined"'),
        ({"windowsOptions": {"hostProcess": True}}, "must not set securityContext.windowsOptions.hostProcess=true"),
    ],
)
def test_what_restricted_forbids_is_named(client: Client, change: Json, words: str) -> None:
    _namespace(client, **_LABELS)
    context = {**_RESTRICTED["securityContext"], **change}
    container = _RESTRICTED | {"securityContext": {key: value for key, value in context.items() if value is not None}}
    _deploy(client, container)
    found = client.get("/apis/apps/v1/namespaces/app/deployments/api")
    conditions = _conditions(found)
    assert 'violates PodSecurity "restricted:latest"' in conditions["ReplicaFailure"]["message"]
    assert words in conditions["ReplicaFailure"]["message"]
    assert conditions["Progressing"]["reason"] == "ProgressDeadlineExceeded"
    assert found["status"]["unavailableReplicas"] == 2


@pytest.mark.parametrize(
    ("context", "words"),
    [
        ({"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}, "forbidden sysctls (kernel.msgmax)"),
        ({"seccompProfile": {"type": "Unconfined"}}, "pod must not set securityContext.seccompProfile.type"),
        ({"appArmorProfile": {"type": "Unconfined"}}, "pod must not set AppArmor profile type"),
    ],
)
def test_what_baseline_forbids_is_named(client: Client, context: Json, words: str) -> None:
    _namespace(client, **{"pod-security.kubernetes.io/enforce": "baseline"})
    _deploy(client, {"name": "api", "image": "example/api:1"}, securityContext=context)
    found = _conditions(client.get("/apis/apps/v1/namespaces/app/deployments/api"))
    assert words in found["ReplicaFailure"]["message"]


def test_a_client_is_warned(client: Client) -> None:
    _namespace(client, **_LABELS)
    body = changed(DEPLOYMENT, spec__template__spec={"containers": [{"name": "api", "image": "example/api:1"}]})
    url = "/apis/apps/v1/namespaces/app/deployments"
    answer = client.send("POST", url, json.dumps(body).encode(), content_type="application/json")
    assert "would violate PodSecurity" in answer.headers["warning"]


def test_a_pod_by_itself_is_forbidden(client: Client) -> None:
    _namespace(client, **_LABELS)
    pod = {"metadata": {"name": "api"}, "spec": {"hostNetwork": True, "containers": [_RESTRICTED]}}
    answer = client.refused(f"{_NAMESPACES}/app/pods", pod)
    assert (answer["code"], "host namespaces (hostNetwork=true)" in answer["message"]) == (403, True)


def test_a_quota_of_pods(client: Client) -> None:
    _namespace(client)
    quota = {"metadata": {"name": "small"}, "spec": {"hard": {"pods": "1", "requests.cpu": "1"}}}
    client.post(f"{_NAMESPACES}/app/resourcequotas", quota)
    _deploy(client, {"name": "api", "image": "example/api:1", "resources": {"requests": {"cpu": "600m"}}})
    found = _conditions(client.get("/apis/apps/v1/namespaces/app/deployments/api"))
    assert "exceeded quota: small, requested: pods=1" in found["ReplicaFailure"]["message"]


def test_a_quota_that_wants_requests(client: Client) -> None:
    _namespace(client)
    quota = {"metadata": {"name": "small"}, "spec": {"hard": {"requests.cpu": "4"}}}
    client.post(f"{_NAMESPACES}/app/resourcequotas", quota)
    _deploy(client, {"name": "api", "image": "example/api:1"})
    found = _conditions(client.get("/apis/apps/v1/namespaces/app/deployments/api"))
    assert "failed quota: small: must specify requests.cpu for: api" in found["ReplicaFailure"]["message"]


def test_a_quota_that_wants_requests_of_each_container(client: Client) -> None:
    _namespace(client)
    quota = {"metadata": {"name": "small"}, "spec": {"hard": {"cpu": "4", "limits.memory": "1Gi"}}}
    client.post(f"{_NAMESPACES}/app/resourcequotas", quota)
    said = {"resources": {"requests": {"cpu": "1"}, "limits": {"memory": "1Mi"}}}
    _deploy(client, {"name": "api", "image": "example/api:1", **said}, {"name": "proxy", "image": "example/proxy:1"})
    found = _conditions(client.get("/apis/apps/v1/namespaces/app/deployments/api"))
    assert "must specify cpu for: proxy; limits.memory for: proxy" in found["ReplicaFailure"]["message"]


def test_a_quota_counts_what_starts_first(client: Client) -> None:
    _namespace(client)
    client.post(f"{_NAMESPACES}/app/resourcequotas", {"metadata": {"name": "small"}, "spec": {"hard": {"cpu": "2"}}})
    first = {"name": "migrate", "image": "example/api:1", "resources": {"requests": {"cpu": "3"}}}
    _deploy(
        client,
        {"name": "api", "image": "example/api:1", "resources": {"requests": {"cpu": "100m"}}},
        initContainers=[first],
    )
    found = _conditions(client.get("/apis/apps/v1/namespaces/app/deployments/api"))
    assert "exceeded quota: small, requested: cpu=3" in found["ReplicaFailure"]["message"]


def test_a_quota_of_objects(client: Client) -> None:
    _namespace(client)
    quota = {"metadata": {"name": "small"}, "spec": {"hard": {"services": "0", "count/deployments.apps": "1"}}}
    client.post(f"{_NAMESPACES}/app/resourcequotas", quota)
    service = {"metadata": {"name": "api"}, "spec": {"ports": [{"port": 80}]}}
    answer = client.refused(f"{_NAMESPACES}/app/services", service)
    words = "exceeded quota: small, requested: services=1, used: services=0, limited: services=0"
    assert (answer["code"], words in answer["message"]) == (403, True)
