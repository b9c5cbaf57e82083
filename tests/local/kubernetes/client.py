"""Client of one emulated cluster, and objects to send it."""

import copy
import json
from typing import Any

from assembly.values import Json
from local.kubernetes.cluster import Cluster
from local.proxy.api import Request, Response

DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
DEPLOYMENT: Json = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "api", "labels": {"app": "api"}},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "api"}},
        "template": {
            "metadata": {"labels": {"app": "api"}},
            "spec": {"containers": [{"name": "api", "image": "example/api:1"}]},
        },
    },
}
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
DEFINITION: Json = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "scalers.example.com"},
    "spec": {
        "group": "example.com",
        "names": {"kind": "Scaler", "plural": "scalers", "shortNames": ["sc"]},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {
                                "type": "object",
                                "required": ["target"],
                                "properties": {
                                    "target": {"type": "string", "pattern": "^[a-z]+$"},
                                    "mode": {"type": "string", "enum": ["fast", "slow"], "default": "slow"},
                                    "replicas": {"type": "integer", "minimum": 1},
                                    "percent": {"x-kubernetes-int-or-string": True},
                                    "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                                },
                            },
                            "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                        },
                    }
                },
            }
        ],
    },
}
SCALERS = "/apis/example.com/v1/namespaces/default/scalers"


def scaler(name: str = "api", **spec: Json) -> Json:
    return {
        "apiVersion": "example.com/v1",
        "kind": "Scaler",
        "metadata": {"name": name},
        "spec": {"target": "api"} | spec,
    }


def changed(item: Json, **values: Json) -> Json:
    """Return a copy of an object with other values at paths, such as ``spec__replicas=3``."""
    item = copy.deepcopy(item)
    for path, value in values.items():
        *folders, last = path.split("__")
        place = item
        for name in folders:
            place = place[name]
        place[last] = value
    return item


class Client:
    """Sends requests to a cluster as JSON, and gives the answer's JSON back."""

    def __init__(self, cluster: Cluster, host: str) -> None:
        self.cluster = cluster
        self.host = host

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> Response:
        path, _, query = path.partition("?")
        parameters = dict(each.split("=", 1) for each in query.split("&") if each)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.cluster.answer(
            Request(method=method, host=self.host, path=path, query=parameters, headers=names, body=body)
        )

    def call(self, method: str, path: str, body: Json = None, *, status: int = 0, **headers: str) -> Any:
        """Send a request, and check the answer's status: a success where none is named."""
        content = b"" if body is None else json.dumps(body).encode()
        response = self.send(method, path, content, **{"content_type": "application/json"} | headers)
        answer = json.loads(response.body)
        assert response.status == status if status else response.status < 300, answer
        return answer

    def get(self, path: str, *, status: int = 0, **headers: str) -> Any:
        return self.call("GET", path, status=status, **headers)

    def post(self, path: str, body: Json, *, status: int = 0) -> Any:
        return self.call("POST", path, body, status=status)

    def refused(self, path: str, body: Json) -> Any:
        """Return the answer that refuses to make an object."""
        response = self.send("POST", path, json.dumps(body).encode(), content_type="application/json")
        assert response.status >= 400, response.body
        return json.loads(response.body)

    def put(self, path: str, body: Json, *, status: int = 0) -> Any:
        return self.call("PUT", path, body, status=status)

    def patch(self, path: str, body: Json, media_type: str, *, status: int = 0) -> Any:
        return self.call("PATCH", path, body, status=status, content_type=f"application/{media_type}")

    def delete(self, path: str, body: Json = None, *, status: int = 0) -> Any:
        return self.call("DELETE", path, body, status=status)

    def names(self, path: str) -> list[str]:
        return [item["metadata"]["name"] for item in self.get(path)["items"]]
