"""Answers to kubectl beyond objects: tables and OpenAPI documents."""

import json
import re

import pytest

from assembly.values import Json
from local.kubernetes.tables import MEDIA_TYPE
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


def printed(client: Client, path: str) -> list[dict[str, Json]]:
    """Return the rows of a table by their columns."""
    table = client.get(path, accept=f"{MEDIA_TYPE},application/json")
    assert table["kind"] == "Table"
    names = [column["name"] for column in table["columnDefinitions"]]
    return [dict(zip(names, row["cells"], strict=True)) for row in table["rows"]]


def test_deployment_shows_what_is_ready(client: Client) -> None:
    client.post(DEPLOYMENTS, DEPLOYMENT)

    for path in (DEPLOYMENTS, f"{DEPLOYMENTS}/api"):
        (row,) = printed(client, path)
        assert re.fullmatch(r"\d+s", row.pop("Age"))
        assert row == {"Name": "api", "Ready": "2/2", "Up-to-date": 2, "Available": 2}


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        (
            "/api/v1/namespaces/default/services",
            {"metadata": {"name": "api"}, "spec": {"ports": [{"port": 80}]}},
            {"Type": "ClusterIP", "External-IP": "<none>", "Port(s)": "80/TCP"},
        ),
        ("/api/v1/namespaces/default/secrets", {"metadata": {"name": "api"}, "data": {"a": ""}}, {"Data": 1}),
        ("/api/v1/namespaces", {"metadata": {"name": "api"}}, {"Status": "Active"}),
        (
            "/apis/policy/v1/namespaces/default/poddisruptionbudgets",
            {"metadata": {"name": "api"}, "spec": {"maxUnavailable": "10%"}},
            {"Min available": "<none>", "Max unavailable": "10%"},
        ),
    ],
)
def test_columns_of_a_kind(client: Client, path: str, body: Json, expected: Json) -> None:
    client.post(path, body)
    row = next(row for row in printed(client, path) if row["Name"] == "api")

    assert {name: row[name] for name in expected} == expected


def test_custom_resource_shows_its_own_columns(client: Client) -> None:
    version = DEFINITION["spec"]["versions"][0]
    columns = [
        {"name": "Mode", "type": "string", "jsonPath": ".spec.mode"},
        {"name": "Ready", "type": "string", "jsonPath": '.status.conditions[?(@.type=="Ready")].status'},
        {"name": "First", "type": "string", "jsonPath": ".status.conditions[0].type"},
        {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
    ]
    printing = [version | {"additionalPrinterColumns": columns}]
    client.post(DEFINITIONS, changed(DEFINITION, spec__versions=printing))
    client.post(SCALERS, scaler())
    assert printed(client, SCALERS)[0] | {"Age": ""} == {
        "Name": "api",
        "Mode": "slow",
        "Ready": None,
        "First": None,
        "Age": "",
    }

    conditions = [{"type": "Active", "status": "False"}, {"type": "Ready", "status": "True"}]
    client.patch(f"{SCALERS}/api/status", {"status": {"conditions": conditions}}, "merge-patch+json")
    row = printed(client, SCALERS)[0]
    assert (row["Ready"], row["First"]) == ("True", "Active")


def test_openapi_says_that_unknown_fields_can_be_refused(client: Client) -> None:
    place = client.get("/openapi/v3")["paths"]["apis/apps/v1"]["serverRelativeURL"]
    document = client.get(place)
    operation = document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"]

    assert {each["name"] for each in operation["parameters"]} >= {"fieldValidation", "dryRun"}
    assert operation["x-kubernetes-group-version-kind"] == {"group": "apps", "version": "v1", "kind": "Deployment"}


def test_openapi_refers_to_what_it_holds(client: Client) -> None:
    client.post(DEFINITIONS, DEFINITION)

    for path, each in client.get("/openapi/v3")["paths"].items():
        document = client.get(each["serverRelativeURL"])
        text = json.dumps(document)
        references = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
        assert "$defs" not in text
        assert references <= set(document["components"]["schemas"]), path


def test_openapi_of_a_definition_changes_with_it(client: Client) -> None:
    client.post(DEFINITIONS, DEFINITION)
    before = client.get("/openapi/v3")["paths"]
    version = DEFINITION["spec"]["versions"][0]
    other = [version | {"schema": {"openAPIV3Schema": {"type": "object"}}}]
    client.patch(f"{DEFINITIONS}/scalers.example.com", {"spec": {"versions": other}}, "merge-patch+json")
    after = client.get("/openapi/v3")["paths"]

    assert {path for path in after if after[path] != before[path]} == {"apis/example.com/v1"}
