"""Admission of objects: additions of the API server, and refusals."""

import base64
import json

import pytest

from assembly.values import Json
from local.kubernetes.quantities import canonical
from tests.local.kubernetes.client import (
    DEFINITION,
    DEFINITIONS,
    DEPLOYMENT,
    DEPLOYMENTS,
    SCALERS,
    Client,
    changed,
    scaler,
)

SERVICES = "/api/v1/namespaces/default/services"
SECRETS = "/api/v1/namespaces/default/secrets"
POLICIES = "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies"
SERVICE: Json = {"metadata": {"name": "api"}, "spec": {"ports": [{"port": 80}], "selector": {"app": "api"}}}


def test_deployment_gets_its_defaults(client: Client) -> None:
    spec = client.post(DEPLOYMENTS, DEPLOYMENT)["spec"]
    pod = spec["template"]["spec"]

    assert spec["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
    }
    assert (spec["progressDeadlineSeconds"], spec["revisionHistoryLimit"]) == (600, 10)
    assert (pod["dnsPolicy"], pod["restartPolicy"], pod["terminationGracePeriodSeconds"]) == (
        "ClusterFirst",
        "Always",
        30,
    )
    assert pod["containers"][0]["terminationMessagePolicy"] == "File"


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("example/api:1", "IfNotPresent"),
        ("example/api", "Always"),
        ("registry:5000/api", "Always"),
        ("example/api:latest", "Always"),
        ("example/api@sha256:00", "IfNotPresent"),
    ],
)
def test_pull_policy_follows_the_tag(client: Client, image: str, policy: str) -> None:
    containers = [{"name": "api", "image": image}]
    made = client.post(DEPLOYMENTS, changed(DEPLOYMENT, spec__template__spec__containers=containers))

    assert made["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] == policy


def test_requests_follow_limits(client: Client) -> None:
    resources = {"limits": {"cpu": "1000m", "memory": "1024Mi"}, "requests": {"cpu": 0.25}}
    containers = [{"name": "api", "image": "a:1", "resources": resources}]
    made = client.post(DEPLOYMENTS, changed(DEPLOYMENT, spec__template__spec__containers=containers))

    assert made["spec"]["template"]["spec"]["containers"][0]["resources"] == {
        "limits": {"cpu": "1", "memory": "1Gi"},
        "requests": {"cpu": "250m", "memory": "1Gi"},
    }


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("1000m", "1"),
        ("1024Mi", "1Gi"),
        ("1000Mi", "1000Mi"),
        ("0.5", "500m"),
        ("1.5Gi", "1536Mi"),
        ("0.5Ki", "512"),
        ("1500M", "1500M"),
        ("2000k", "2M"),
        ("0", "0"),
        ("1e3", "1e3"),
        ("100m", "100m"),
    ],
)
def test_quantities_are_written_in_one_form(given: str, written: str) -> None:
    assert canonical(given) == written


@pytest.mark.parametrize("text", ["", "1 Gi", "Mi", "1.2.3", "-", "1mm"])
def test_what_is_no_quantity_is_refused(client: Client, text: str) -> None:
    containers = [{"name": "api", "image": "a:1", "resources": {"limits": {"memory": text}}}]

    client.post(DEPLOYMENTS, changed(DEPLOYMENT, spec__template__spec__containers=containers), status=400)


def test_service_gets_an_address_and_keeps_it(client: Client) -> None:
    made = client.post(SERVICES, SERVICE)["spec"]

    assert made["ports"] == [{"port": 80, "targetPort": 80, "protocol": "TCP"}]
    assert (made["type"], made["sessionAffinity"], made["ipFamilyPolicy"]) == ("ClusterIP", "None", "SingleStack")
    assert made["clusterIPs"] == [made["clusterIP"]]
    more = {"spec": {"ports": [{"port": 81}]}}
    changed_service = client.patch(f"{SERVICES}/api", more, "merge-patch+json")
    assert changed_service["spec"]["clusterIP"] == made["clusterIP"]
    assert client.put(f"{SERVICES}/api", SERVICE)["spec"]["clusterIP"] == made["clusterIP"]


def test_two_services_have_two_addresses(client: Client) -> None:
    addresses = {
        client.post(SERVICES, changed(SERVICE, metadata__name=f"s{number}"))["spec"]["clusterIP"]
        for number in range(200)
    }

    assert len(addresses) == 200


def test_headless_service_keeps_none(client: Client) -> None:
    made = client.post(SERVICES, changed(SERVICE, spec__clusterIP="None"))["spec"]

    assert (made["clusterIP"], made["clusterIPs"]) == ("None", ["None"])


def test_secret_takes_text(client: Client) -> None:
    made = client.post(SECRETS, {"metadata": {"name": "a"}, "stringData": {"key": "text"}})

    assert (made["type"], made["data"]) == ("Opaque", {"key": base64.b64encode(b"text").decode()})
    assert "stringData" not in made


@pytest.mark.parametrize(
    ("spec", "types"),
    [({}, ["Ingress"]), ({"egress": [{}]}, ["Ingress", "Egress"]), ({"policyTypes": ["Egress"]}, ["Egress"])],
)
def test_policy_gets_its_types(client: Client, spec: Json, types: list[str]) -> None:
    made = client.post(POLICIES, {"metadata": {"name": "a"}, "spec": {"podSelector": {}} | spec})

    assert made["spec"]["policyTypes"] == types


def test_namespace_gets_label_and_account(client: Client) -> None:
    client.post("/api/v1/namespaces", {"metadata": {"name": "keda"}})
    namespace = client.get("/api/v1/namespaces/keda")

    assert namespace["metadata"]["labels"]["kubernetes.io/metadata.name"] == "keda"
    assert namespace["status"] == {"phase": "Active"}
    assert client.names("/api/v1/namespaces/keda/serviceaccounts") == ["default"]
    assert client.names("/api/v1/namespaces/keda/configmaps") == ["kube-root-ca.crt"]


def test_unknown_field_is_dropped_or_refused_as_asked(client: Client) -> None:
    body = changed(DEPLOYMENT, spec__replica=3)

    strict = client.post(f"{DEPLOYMENTS}?fieldValidation=Strict", body, status=400)
    assert 'strict decoding error: unknown field "spec.replica"' in strict["message"]
    assert "replica" not in client.post(DEPLOYMENTS, body)["spec"]


@pytest.mark.parametrize(
    ("values", "status", "message"),
    [
        (
            {"spec__replicas": "many"},
            400,
            "json: cannot unmarshal string into Go struct field Deployment.spec.replicas of type int32",
        ),
        ({"spec__template__spec": []}, 400, "cannot unmarshal array"),
        ({"spec__template__spec": {}}, 422, "spec.template.spec.containers: Required value"),
        ({"spec__selector": None}, 422, "spec.selector: Required value"),
        (
            {"spec__selector__matchLabels": {"app": "other"}},
            422,
            "`selector` does not match template `labels`",
        ),
        ({"spec__replicas": -1}, 422, "spec.replicas: Invalid value: -1: must be greater than or equal to 0"),
        (
            {"spec__strategy": {"type": "Rolling"}},
            422,
            'spec.strategy.type: Unsupported value: "Rolling": supported values: "Recreate", "RollingUpdate"',
        ),
        (
            {"spec__template__spec__containers": [{"name": "a", "image": "a:1", "ports": [{"containerPort": 0}]}]},
            422,
            "spec.template.spec.containers[0].ports[0].containerPort: Invalid value: 0",
        ),
        ({"metadata__name": "Not_A_Name"}, 422, "a lowercase RFC 1123 subdomain must consist of"),
        ({"metadata__name": ""}, 422, "name or generateName is required"),
        (
            {"spec__template__spec__containers": [{"name": "a", "image": "a:1"}, {"name": "a", "image": "a:1"}]},
            422,
            'spec.template.spec.containers[1].name: Duplicate value: "a"',
        ),
        (
            {"spec__template__spec__containers": [{"name": "a"}]},
            422,
            "spec.template.spec.containers[0].image: Required value",
        ),
        (
            {
                "spec__template__spec__containers": [
                    {"name": "a", "image": "a:1", "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}]}
                ]
            },
            422,
            'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "tmp"',
        ),
    ],
)
def test_deployment_is_refused(client: Client, values: Json, status: int, message: str) -> None:
    refused = client.post(DEPLOYMENTS, changed(DEPLOYMENT, **values), status=status)

    assert (refused["kind"], refused["status"], refused["code"]) == ("Status", "Failure", status)
    assert message in refused["message"]
    assert client.names(DEPLOYMENTS) == []


def test_all_causes_are_named(client: Client) -> None:
    refused = client.post(DEPLOYMENTS, changed(DEPLOYMENT, spec={}), status=422)

    assert {each["field"] for each in refused["details"]["causes"]} == {"spec.selector", "spec.template"}
    assert refused["message"].startswith('Deployment.apps "api" is invalid: [')


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"target": None}, "spec.target: Required value"),
        ({"target": 7}, 'spec.target in body must be of type string: "number"'),
        ({"target": "API"}, "spec.target in body should match '^[a-z]+$'"),
        ({"mode": "warp"}, 'spec.mode: Unsupported value: "warp": supported values: "fast", "slow"'),
        ({"replicas": 0}, "spec.replicas in body should be greater than or equal to 1"),
        ({"percent": []}, "spec.percent in body must be of type string"),
    ],
)
def test_custom_resource_is_refused(client: Client, spec: Json, message: str) -> None:
    client.post(DEFINITIONS, DEFINITION)

    refused = client.post(SCALERS, scaler(**spec), status=422)
    assert refused["message"].startswith('Scaler.example.com "api" is invalid: ')
    assert message in refused["message"]


def test_custom_resource_gets_its_defaults(client: Client) -> None:
    client.post(DEFINITIONS, DEFINITION)
    made = client.post(SCALERS, scaler(percent="5%", free={"any": {"thing": [1]}}, unknown=1))

    assert made["spec"] == {"target": "api", "mode": "slow", "percent": "5%", "free": {"any": {"thing": [1]}}}


@pytest.mark.parametrize(
    ("path", "body", "values"),
    [
        (DEPLOYMENTS, DEPLOYMENT, {"spec__selector__matchLabels": {"app": "api", "more": "yes"}}),
        (
            "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings",
            {
                "metadata": {"name": "api"},
                "roleRef": {"kind": "Role", "name": "a"},
                "subjects": [{"kind": "User", "name": "u"}],
            },
            {"roleRef": {"kind": "Role", "name": "b"}},
        ),
        (SECRETS, {"metadata": {"name": "api"}, "immutable": True, "data": {}}, {"data": {"key": "AAAA"}}),
    ],
)
def test_what_is_immutable_stays(client: Client, path: str, body: Json, values: Json) -> None:
    made = client.post(path, body)
    if "selector" in made.get("spec", {}):
        made["spec"]["template"]["metadata"]["labels"] |= {"more": "yes"}

    refused = client.put(f"{path}/api", changed(client.get(f"{path}/api") | _part(made), **values), status=422)
    assert "field is immutable" in refused["message"]


def _part(made: Json) -> Json:
    return {"spec": made["spec"]} if "spec" in made else {}


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', b"", b'{"metadata": 1}', b"\xff"])
def test_what_is_no_object_is_refused(client: Client, body: bytes) -> None:
    assert client.send("POST", DEPLOYMENTS, body, content_type="application/json").status == 400


def test_unknown_format_is_refused(client: Client) -> None:
    assert client.send("POST", DEPLOYMENTS, b"x", content_type="text/plain").status == 415


def test_yaml_is_taken(client: Client) -> None:
    body = b"metadata: {name: a}\ndata: {key: value}\n"
    maps = "/api/v1/namespaces/default/configmaps"

    assert client.send("POST", maps, body, content_type="application/yaml").status == 201


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"metadata__name": "scaler.example.com"}, 'must be spec.names.plural+"."+spec.group'),
        ({"spec__scope": "Everywhere"}, 'supported values: "Cluster", "Namespaced"'),
        ({"spec__versions": []}, "must have exactly one version marked as storage version"),
        ({"spec__versions": [{"name": "v1", "served": True, "storage": True}]}, "schemas are required"),
        ({"spec__group": None}, "spec.group: Required value"),
    ],
)
def test_definition_is_refused(client: Client, values: Json, message: str) -> None:
    refused = client.post(DEFINITIONS, changed(DEFINITION, **values), status=422)

    assert message in refused["message"]


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("/api/v1/namespaces", {"metadata": {"name": "a.b"}}, "a lowercase RFC 1123 label must consist of"),
        ("/api/v1/namespaces", {"metadata": {"name": "a" * 64}}, "a lowercase RFC 1123 label must consist of"),
        (SECRETS, {"metadata": {"name": "a" * 254}}, "must be no more than 253 characters"),
        (SECRETS, {"metadata": {"name": "a", "labels": {"a": "not a label"}}}, "a valid label must be an empty string"),
        (SECRETS, {"metadata": {"name": "a", "labels": {"a": "b" * 64}}}, "must be no more than 63 characters"),
        (SECRETS, {"metadata": {"name": "a"}, "data": {"a": "?"}}, "illegal base64 data"),
        (SECRETS, {"metadata": {"name": "a"}, "stringData": {"a/b": ""}}, "a valid config key must consist of"),
        (SECRETS, {"metadata": {"name": "a"}, "stringData": {"a": "x" * (1024**2 + 1)}}, "Too long"),
        (SERVICES, {"metadata": {"name": "a"}, "spec": {}}, "spec.ports: Required value"),
        ("/apis/rbac.authorization.k8s.io/v1/clusterroles", {"metadata": {"name": "a/b"}}, "may not be '.' or '..'"),
        ("/apis/apiregistration.k8s.io/v1/apiservices", {"metadata": {"name": "a"}}, "spec.group: Required value"),
    ],
)
def test_object_is_refused(client: Client, path: str, body: Json, message: str) -> None:
    if "apiservices" in path:
        body = body | {"spec": {"groupPriorityMinimum": 1, "versionPriority": 1}}

    assert message in client.post(path, body, status=422)["message"]


def test_unknown_field_is_warned_of(client: Client) -> None:
    body = json.dumps(changed(DEPLOYMENT, spec__replica=3)).encode()
    warned = client.send("POST", DEPLOYMENTS, body, content_type="application/json")
    silent = client.send("PUT", f"{DEPLOYMENTS}/api?fieldValidation=Ignore", body, content_type="application/json")

    assert warned.headers["warning"] == r'299 - "unknown field \"spec.replica\""'
    assert "warning" not in silent.headers


def test_what_only_the_server_sets_is_not_taken(client: Client) -> None:
    own = {"uid": "mine", "generation": 7, "deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": ["example.com/a"]}
    made = client.post(SECRETS, {"metadata": {"name": "a"} | own})["metadata"]

    assert made["uid"] != "mine"
    assert not {"generation", "deletionTimestamp"} & set(made)


def test_namespaces_of_the_cluster_stay(client: Client) -> None:
    refused = client.delete("/api/v1/namespaces/default", status=403)

    assert refused["message"] == 'namespaces "default" is forbidden: this namespace may not be deleted'
