"""Answers to a caller who lacks a role, in the words of each API."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from local import __main__ as commands
from local.gcp.cloud import EmbeddedGoogleCloud
from local.gcp.iam.caller import Caller
from local.gcp.iam.guard import Guarded, denials
from local.gcp.objects import Objects
from local.gcp.registry import Registry
from local.kubernetes.cluster import Cluster
from local.proxy.api import Api, Request
from tests.local.gcp.conftest import Client
from tests.local.gcp.iam.conftest import ACCOUNT, BUCKET, PROJECT, Turn
from tests.local.gcp.rest.conftest import Google

NETWORKS = f"compute.googleapis.com/compute/v1/projects/{PROJECT}/global/networks"
ACCOUNTS = f"iam.googleapis.com/v1/projects/{PROJECT}/serviceAccounts"
PROJECTS = "cloudresourcemanager.googleapis.com/v3/projects"
BUCKETS = "storage.googleapis.com/storage/v1/b"


_PROJECT = f"projects/{PROJECT}"
_CLUSTERS = f"{_PROJECT}/locations/us-central1/clusters"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (NETWORKS, f"Required 'compute.networks.create' permission for '{_PROJECT}/global/networks/main'"),
        (
            f"container.googleapis.com/v1/{_CLUSTERS}",
            f'Required "container.clusters.create" permission(s) for "{_CLUSTERS}".',
        ),
        (
            f"dns.googleapis.com/dns/v1/{_PROJECT}/managedZones",
            f"Forbidden: Permission 'dns.managedZones.create' denied on resource '{_PROJECT}/managedZones'",
        ),
        (
            f"sqladmin.googleapis.com/sql/v1beta4/{_PROJECT}/instances",
            "boss::NOT_AUTHORIZED: Not authorized to access resource. Possibly missing permission"
            " cloudsql.instances.create on resource instances/main.",
        ),
        (
            BUCKETS,
            f"The caller does not have storage.buckets.create access to {_PROJECT}. Permission"
            " 'storage.buckets.create' denied on resource (or it may not exist).",
        ),
        (
            ACCOUNTS,
            f"Permission 'iam.serviceAccounts.create' denied on resource '//iam.googleapis.com/{_PROJECT}/"
            "serviceAccounts' (or it may not exist).",
        ),
    ],
)
def test_a_refusal_names_the_permission(google: Google, turn: Turn, url: str, message: str) -> None:
    turn("roles/billing.user")
    status, answer = google.send("POST", url, {"name": "main"}, project=PROJECT)
    assert (status, answer["error"]["message"]) == (403, message)


def test_a_program_finds_the_permission_in_the_details(google: Google, turn: Turn) -> None:
    turn()
    _, answer = google.send("POST", ACCOUNTS, {"accountId": "runtime"})
    assert answer["error"]["status"] == "PERMISSION_DENIED"
    (info,) = answer["error"]["details"]
    assert (info["reason"], info["domain"]) == ("IAM_PERMISSION_DENIED", "iam.googleapis.com")
    assert info["metadata"]["permission"] == "iam.serviceAccounts.create"


def test_objects_images_and_clusters_are_guarded(google: Google, turn: Turn) -> None:
    turn("roles/billing.user")
    store, resources = google.store, google.apis
    apis: list[Api] = [
        Objects(store, buckets=resources),
        Registry(store, repositories=resources),
        Cluster(store.documents("kubernetes"), hosts=["*.gke.goog"], version="v1.34.1"),
    ]
    requests = {
        "storage.objects.get": Request(method="GET", host="storage.googleapis.com", path=f"/{BUCKET}/default.tfstate"),
        "artifactregistry.repositories.downloadArtifacts": Request(
            method="GET", host="us-docker.pkg.dev", path=f"/v2/{PROJECT}/charts/keda/manifests/1"
        ),
        "container.deployments.create": Request(
            method="POST", host="gke-1-1.us-central1.gke.goog", path="/apis/apps/v1/namespaces/goodies/deployments"
        ),
    }
    for permission, request in requests.items():
        api = next(each for each in apis if each.serves(request.host))
        answer = Guarded(api, store).answer(request)
        assert answer.status == 403
        assert permission in answer.body.decode()


def test_a_cluster_answers_as_kubernetes_does(google: Google, turn: Turn) -> None:
    turn()
    cluster = Cluster(google.store.documents("kubernetes"), hosts=["*.gke.goog"], version="v1.34.1")
    path = "/apis/apps/v1/namespaces/goodies/deployments"
    request = Request(method="POST", host="gke-1-1.us-central1.gke.goog", path=path)
    status = json.loads(Guarded(cluster, google.store).answer(request).body)
    assert (status["kind"], status["reason"], status["code"]) == ("Status", "Forbidden", 403)
    assert status["message"] == (
        'deployments.apps is forbidden: User "caller" cannot create resource "deployments" in API group "apps" in the '
        'namespace "goodies": requires one of ["container.deployments.create"] permission(s).'
    )


def test_a_role_counts_where_it_is_held_and_below(google: Google, turn: Turn) -> None:
    google.ok("POST", PROJECTS, {"projectId": "acme-dev"})
    turn("roles/owner@projects/acme-dev", "roles/orgpolicy.policyAdmin@organizations/1")
    assert google.refused("POST", NETWORKS, {"name": "main"})[0] == 403
    google.ok("POST", NETWORKS.replace(PROJECT, "acme-dev"), {"name": "main", "autoCreateSubnetworks": False})
    policies = f"orgpolicy.googleapis.com/v2/projects/{PROJECT}/policies"
    google.ok("POST", policies, {"name": f"projects/{PROJECT}/policies/compute.skipDefaultNetworkCreation"})
    # A project that is in no organization.
    assert "orgpolicy.policies.create" in google.refused("POST", policies.replace(PROJECT, "acme-dev"), {})[1]


def test_who_makes_a_project_owns_it_and_its_buckets(google: Google, turn: Turn) -> None:
    turn("roles/resourcemanager.projectCreator")
    google.ok("POST", PROJECTS, {"projectId": "acme-new", "parent": "organizations/1"})
    google.ok("GET", f"{PROJECTS}/acme-new")
    google.ok("POST", BUCKETS, {"name": "acme-new-logs"}, project="acme-new")
    google.ok("GET", f"{BUCKETS}/acme-new-logs/iam")
    assert google.refused("GET", f"{BUCKETS}/{BUCKET}/iam")[0] == 403
    assert google.refused("GET", f"{PROJECTS}/{PROJECT}")[0] == 403


def test_a_caller_sees_the_projects_that_the_roles_are_on(google: Google, turn: Turn) -> None:
    turn()
    assert google.ok("GET", f"{PROJECTS}:search") == {}
    turn(f"roles/owner@projects/{PROJECT}")
    found = google.ok("GET", f"{PROJECTS}:search")["projects"]
    assert [(each["projectId"], each["displayName"]) for each in found] == [(PROJECT, PROJECT)]


def test_only_who_may_makes_a_project_in_an_organization(google: Google, turn: Turn) -> None:
    turn("roles/owner")
    body = {"projectId": "acme-new", "parent": "organizations/1"}
    assert "resourcemanager.projects.create" in google.refused("POST", PROJECTS, body)[1]


def test_a_billing_account_is_asked_too(google: Google, turn: Turn) -> None:
    url = f"cloudbilling.googleapis.com/v1/projects/{PROJECT}/billingInfo"
    turn("roles/owner")
    assert "billing.resourceAssociations.create" in google.refused("PUT", url, {"billingAccountName": ACCOUNT})[1]
    turn("roles/billing.user")
    refused = google.refused("PUT", url, {"billingAccountName": ACCOUNT})[1]
    assert "resourcemanager.projects.createBillingAssignment" in refused
    turn("roles/owner", "roles/billing.user")
    google.ok("PUT", url, {"billingAccountName": ACCOUNT})


def test_questions_for_permissions_are_answered_by_the_same_roles(google: Google, turn: Turn) -> None:
    turn("roles/owner", "roles/billing.costsManager")
    question = {"permissions": ["compute.networks.create", "orgpolicy.policies.create"]}
    found = google.ok("POST", f"{PROJECTS}/{PROJECT}:testIamPermissions", question)
    assert found == {"permissions": ["compute.networks.create"]}
    question = {"permissions": ["billing.budgets.create", "billing.resourceAssociations.create"]}
    found = google.ok("POST", f"cloudbilling.googleapis.com/v1/{ACCOUNT}:testIamPermissions", question)
    assert found == {"permissions": ["billing.budgets.create"]}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("roles/editor", "There is no role roles/editor; there are roles/owner,"),
        ("roles/owner@billingAccounts/1", "roles/owner is granted on projects/<name>, not on billingAccounts/1"),
    ],
)
def test_a_role_that_is_not_known_changes_nothing(google: Google, turn: Turn, given: str, message: str) -> None:
    turn("roles/owner")
    with pytest.raises(ValueError, match=message):
        turn("roles/billing.user", given)
    assert Caller(google.store).turn({}) == {"projects/*": ["roles/owner"]}


def test_the_owner_of_everything_is_asked_for_nothing(google: Google, turn: Turn) -> None:
    turn()
    assert google.send("GET", f"{PROJECTS}/{PROJECT}")[0] == 403
    turn("all")
    google.ok("GET", f"{PROJECTS}/{PROJECT}")


def test_every_form_names_the_permission_and_its_source() -> None:
    assert all("{permission}" in row.message and row.source for row in denials().values())


@pytest.fixture
def run(google_cloud: EmbeddedGoogleCloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Runs ``python -m local caller`` on the shared cloud, whose caller owns everything again afterwards."""
    monkeypatch.setattr(commands, "EmbeddedGoogleCloud", lambda: google_cloud)
    yield lambda *roles: CliRunner().invoke(commands.app, ["caller", *roles]).output
    google_cloud.control("caller", {"roles": "all"})


def test_a_command_sets_the_roles_of_the_running_cloud(client: Client, run: Callable[..., str]) -> None:
    url = f"https://{PROJECTS}/nobodys"
    lacking = "Permission 'resourcemanager.projects.get' denied on resource"
    assert run() == "The caller is the owner of everything.\n"
    assert run("roles/billing.user", f"roles/owner@{_PROJECT}").splitlines() == [
        "billingAccounts/*: roles/billing.user",
        f"{_PROJECT}: roles/owner",
    ]
    assert lacking in client.send("GET", url).text
    assert "There is no role roles/editor" in run("roles/editor")
    assert lacking in client.send("GET", url).text
    run("all")
    assert lacking not in client.send("GET", url).text


def test_a_cloud_that_does_not_run_has_no_caller(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(commands, "EmbeddedGoogleCloud", lambda: EmbeddedGoogleCloud(tmp_path))
    assert "does not run. `make deploy CLOUD=gcp` starts it" in CliRunner().invoke(commands.app, ["caller"]).output


def test_who_pays_does_not_say_who_may_pay(google: Google, turn: Turn) -> None:
    """Grant a role on the billing account with the roles that the first steps ask for."""
    turn("roles/owner", f"roles/billing.user@{ACCOUNT}", f"roles/billing.costsManager@{ACCOUNT}")
    member = f"serviceAccount:reviews@{PROJECT}.iam.gserviceaccount.com"
    policy = {"bindings": [{"role": "roles/billing.viewer", "members": [member]}]}
    url = f"cloudbilling.googleapis.com/v1/{ACCOUNT}:setIamPolicy"
    status, message = google.refused("POST", url, {"policy": policy})
    assert (status, "billing.accounts.setIamPolicy" in message) == (403, True)
