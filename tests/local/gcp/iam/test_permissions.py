"""The table of methods and the roles, against what the emulator serves and a deploy sends."""

from collections.abc import Mapping, Sequence

import pytest

from admin.bootstrap.gcp.methods import METHODS as BOOTSTRAP
from admin.preflight.gcp.methods import METHODS as PREFLIGHT
from local.gcp.iam import permissions
from local.gcp.iam.caller import Caller
from local.gcp.iam.guard import Guarded
from local.gcp.iam.permissions import roles
from local.gcp.iam.requests import TEST, Need, needs
from local.gcp.rest.apis import find
from local.gcp.rest.calls import Cloud
from local.gcp.rest.discovery import Method, methods
from local.kubernetes.kinds import built_in
from local.proxy.api import Request
from tests.local.gcp.iam.conftest import ACCOUNT, BUCKET, ORGANIZATION, PROJECT, Turn
from tests.local.gcp.rest.conftest import Google

ROLES = [role.name for role in roles()]
# Roles of another person, who types a command that the deploy prints.
ADMINISTRATOR = "roles/billing.admin"
# No step of ours writes the policy of an organization.
_NOBODYS = ("cloudresourcemanager.organizations.getIamPolicy", "cloudresourcemanager.organizations.setIamPolicy")
_NAMES = {
    "billingAccountsId": ACCOUNT.partition("/")[2],
    "bucket": BUCKET,
    "organizationsId": "1",
    "project": PROJECT,
    "projectId": PROJECT,
    "projectsId": PROJECT,
    "v1Id": "projects",
    "v1Id1": PROJECT,
    "v1beta1Id": "projects",
    "v1beta1Id1": PROJECT,
}
_VERBS = {
    "create": "create",
    "createAsync": "create",
    "delete": "delete",
    "get": "get",
    "getIamPolicy": "getIamPolicy",
    "insert": "create",
    "list": "list",
    "patch": "update",
    "setIamPolicy": "setIamPolicy",
    "update": "update",
    "updateAsync": "update",
}
_NETWORK = f"projects/{PROJECT}/global/networks/main"


def served() -> list[Method]:
    return [method for rows in methods().values() for method in rows]


def request_of(method: Method) -> Request:
    """Return a request to a method: about the project, the account, the bucket or the organization."""
    # A project of Resource Manager's older version stands there.
    names = _NAMES | ({"resource": PROJECT} if method.document.host.startswith("cloudresourcemanager") else {})
    parts = method.pattern.groupindex
    path = "/" + method.content["path"].format_map({part: names.get(part, "main") for part in parts})
    body = (
        f'{{"parent": "{ORGANIZATION}", "billingAccountName": "{ACCOUNT}", "network": "{_NETWORK}",'
        f' "consumerNetwork": "{_NETWORK}"}}'
    )
    query = {"project": PROJECT, "network": _NETWORK}
    return Request(method=method.verb, host=method.document.host, path=path, query=query, body=body.encode())


def others() -> list[Request]:
    """Return requests that no discovery document describes: objects, images and what is in a cluster."""
    objects, cluster = f"/storage/v1/b/{BUCKET}/o", "gke-1-123.us-central1.gke.goog"
    kubernetes = [
        Request(method=verb, host=cluster, path=f"/api{'s' * bool(kind.group)}/{kind.api_version}/{kind.plural}{name}")
        for kind in built_in()
        for verb, name in (("POST", ""), ("GET", ""), ("GET", "/a"), ("PUT", "/a"), ("PATCH", "/a"), ("DELETE", "/a"))
    ]
    return [
        Request(method="POST", host="storage.googleapis.com", path=f"/upload{objects}"),
        *(Request(method=verb, host="storage.googleapis.com", path=f"{objects}/a") for verb in ("GET", "DELETE")),
        Request(method="GET", host="storage.googleapis.com", path=objects),
        Request(method="GET", host="storage.googleapis.com", path=f"/{BUCKET}/default.tfstate"),
        *(
            Request(method=verb, host="us-docker.pkg.dev", path=f"/v2/{PROJECT}/charts/keda/manifests/1")
            for verb in ("GET", "PUT")
        ),
        Request(method="GET", host=cluster, path="/version"),
        *kubernetes,
    ]


def test_every_method_has_its_permissions() -> None:
    rows = permissions._data()["methods"]
    assert [method.id for method in served() if method.action != TEST and method.id not in rows] == []


def test_a_method_asks_for_the_permission_of_its_verb() -> None:
    found = {
        name
        for name, asks in permissions._data()["methods"].items()
        if asks and (verb := _VERBS.get(name.rpartition(".")[2])) and verb not in {p.rpartition(".")[2] for p in asks}
    }
    assert found == {
        "artifactregistry.docker.delete",
        "servicenetworking.services.connections.create",
        "servicenetworking.services.connections.list",
        "servicenetworking.services.connections.patch",
        "sql.operations.list",
    }


def test_few_methods_ask_for_nothing() -> None:
    assert {name for name, asks in permissions._data()["methods"].items() if not asks} == {
        "artifactregistry.projects.locations.operations.get",
        "cloudbilling.billingAccounts.list",
        "cloudresourcemanager.operations.get",
        "cloudresourcemanager.projects.list",
        "cloudresourcemanager.projects.search",
        "compute.sslPolicies.getIamPolicy",
        "compute.sslPolicies.setIamPolicy",
        "servicenetworking.operations.get",
        "serviceusage.operations.get",
    }


@pytest.mark.parametrize(
    ("url", "permissions_by_verb"),
    [
        (
            f"us-docker.pkg.dev/v2/{PROJECT}/charts/keda/manifests/1",
            {
                "GET": "downloadArtifacts",
                "HEAD": "downloadArtifacts",
                "PUT": "uploadArtifacts",
                "DELETE": "deleteArtifacts",
            },
        ),
        (
            f"storage.googleapis.com/storage/v1/b/{BUCKET}/o/default.tfstate",
            {"GET": "get", "PATCH": "update", "DELETE": "delete"},
        ),
        (f"storage.googleapis.com/storage/v1/b/{BUCKET}/o", {"GET": "list", "POST": "create"}),
        (
            "gke-1-1.us-central1.gke.goog/apis/apps/v1/namespaces/goodies/deployments/funkygibbon",
            {"GET": "get", "PUT": "update", "PATCH": "update", "DELETE": "delete"},
        ),
        ("gke-1-1.us-central1.gke.goog/apis/keda.sh/v1/scaledobjects", {"GET": "list", "POST": "create"}),
    ],
)
def test_what_no_document_describes_asks_by_its_verb(
    google: Google, url: str, permissions_by_verb: Mapping[str, str]
) -> None:
    host, _, path = url.partition("/")
    for verb, last in permissions_by_verb.items():
        first, *others = _needs(google, Request(method=verb, host=host, path=f"/{path}"))
        assert first.permission.rpartition(".")[2] == last
        assert [each.permission for each in others] == (["container.clusters.connect"] if "gke" in host else [])


def test_every_row_is_that_of_a_method_which_is_served() -> None:
    unserved = ("artifactregistry.docker.", "storage.objects.", "logging.projects.metrics.create")
    known = {method.id for method in served()}
    assert [row for row in permissions._data()["methods"] if row not in known and not row.startswith(unserved)] == []


def test_with_all_roles_every_request_passes(google: Google, turn: Turn) -> None:
    turn(*ROLES)
    assert _refused(google, [*map(request_of, served()), *others()]) <= {
        each.permission for method in served() if method.id in _NOBODYS for each in _needs(google, request_of(method))
    }


def test_without_a_role_no_request_passes_that_needs_a_right(google: Google, turn: Turn) -> None:
    turn()
    for request in [*map(request_of, served()), *others()]:
        lacking = _needs(google, request)
        answer = Guarded(google.apis, google.store).answer(request) if lacking else None
        assert answer is None or answer.status == 403, (request.method, request.host, request.path)
        assert answer is None or lacking[0].permission in answer.body.decode().replace("\\", "")


@pytest.mark.parametrize("role", ROLES)
def test_each_role_that_the_document_names_is_needed(google: Google, turn: Turn, role: str) -> None:
    held = [each for each in ROLES if each not in (role, ADMINISTRATOR)]
    turn(*held)
    deploy = [request_of(method) for method in served() if method.id in _sent()]
    refused = _refused(google, [*deploy, *others()])
    own = next(each for each in roles() if each.name == role).permissions
    elsewhere = {name for each in roles() if each.name in held for name in each.permissions}
    assert refused & (set(own) - elsewhere)
    if role != ADMINISTRATOR:
        turn(*held, role)
        assert _refused(google, [*deploy, *others()]) <= {"billing.accounts.setIamPolicy"}


def _sent() -> set[str]:
    """Return the methods that make a resource of the stacks, those of the bootstrap and of the preflight."""
    types: dict[str, Sequence[str]] = permissions._data()["types"]
    return {*BOOTSTRAP, *PREFLIGHT, *(method for rows in types.values() for method in rows)}


def _needs(google: Google, request: Request) -> list[Need]:
    return list(needs(request, Cloud(google.store)))


def _refused(google: Google, requests: Sequence[Request]) -> set[str]:
    caller = Caller(google.store)
    return {
        need.permission
        for request in requests
        for need in _needs(google, request)
        if not caller.may(need.permission, need.on)
    }


def test_the_requests_of_these_tests_are_what_they_say() -> None:
    for method in served():
        found = find(request_of(method))
        assert found
        assert found[0].id == method.id
