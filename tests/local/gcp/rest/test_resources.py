"""Usual methods of resources, alike in all APIs."""

from typing import Any

import pytest

from tests.local.gcp.rest.conftest import Google

ROLES = "iam.googleapis.com/v1/projects/acme/roles"
ACCOUNTS = "iam.googleapis.com/v1/projects/acme/serviceAccounts"
SUBNETWORKS = "compute.googleapis.com/compute/v1/projects/acme/regions/us-central1/subnetworks"
POLICIES = "monitoring.googleapis.com/v3/projects/acme/alertPolicies"
BUCKETS = "storage.googleapis.com/storage/v1/b"
CERTIFICATES = "certificatemanager.googleapis.com/v1/projects/acme/locations/global"

# Where a resource is made, with what, and where it is then.
MADE: list[tuple[str, dict[str, Any], dict[str, str], str]] = [
    (SUBNETWORKS, {"name": "main", "ipCidrRange": "10.0.0.0/20"}, {}, f"{SUBNETWORKS}/main"),
    (ROLES, {"roleId": "reader", "role": {"title": "Reads"}}, {}, f"{ROLES}/reader"),
    (ACCOUNTS, {"accountId": "reader"}, {}, f"{ACCOUNTS}/reader@acme.iam.gserviceaccount.com"),
    (BUCKETS, {"name": "acme-logs"}, {"project": "acme"}, f"{BUCKETS}/acme-logs"),
    (
        f"{CERTIFICATES}/dnsAuthorizations",
        {"domain": "example.com"},
        {"dnsAuthorizationId": "main"},
        f"{CERTIFICATES}/dnsAuthorizations/main",
    ),
]


@pytest.mark.parametrize(("collection", "body", "query", "url"), MADE)
def test_what_is_made_is_answered_listed_and_removed(
    google: Google, collection: str, body: Any, query: dict[str, str], url: str
) -> None:
    google.ok("POST", collection, body, **query)

    found = google.ok("GET", url)
    listed = google.ok("GET", collection, **{key: value for key, value in query.items() if key == "project"})
    assert [found] in listed.values()
    google.ok("DELETE", url)
    if not url.startswith(ROLES):  # a role that is removed stays for a week
        assert google.refused("GET", url)[0] == 404


@pytest.mark.parametrize(("collection", "body", "query", "url"), MADE)
def test_a_name_is_taken_once(google: Google, collection: str, body: Any, query: dict[str, str], url: str) -> None:
    google.ok("POST", collection, body, **query)

    status, _ = google.refused("POST", collection, body, **query)
    assert status == 409
    assert url


@pytest.mark.parametrize(
    ("collection", "body", "query"),
    [
        (ACCOUNTS, {}, {}),
        (ROLES, {"role": {"title": "Reads"}}, {}),
        (f"{CERTIFICATES}/dnsAuthorizations", {"domain": "example.com"}, {}),
        (f"{CERTIFICATES}/dnsAuthorizations", {"domain": "example.com"}, {"dnsAuthorizationId": "a/b"}),
    ],
)
def test_nothing_is_made_without_a_name(google: Google, collection: str, body: Any, query: dict[str, str]) -> None:
    assert google.refused("POST", collection, body, **query)[0] == 400


def test_a_field_may_have_any_name(google: Google) -> None:
    status, _ = google.refused("POST", ACCOUNTS, {"template": 1, "values": 2, "self": 3})

    assert status == 400


def test_a_name_that_the_server_gives_is_another_each_time(google: Google) -> None:
    first, second = (
        google.ok("POST", POLICIES, {"displayName": "Late", "combiner": "OR", "conditions": []}) for _ in range(2)
    )

    assert first["name"] != second["name"]
    assert first["name"].startswith("projects/acme/alertPolicies/")


def test_a_mask_changes_what_it_names_and_removes_what_the_body_lacks(google: Google) -> None:
    made = google.ok(
        "POST", POLICIES, {"displayName": "Late", "userLabels": {"team": "a"}, "combiner": "OR", "conditions": []}
    )
    url = f"monitoring.googleapis.com/v3/{made['name']}"

    google.ok("PATCH", url, {"displayName": "Later", "combiner": "AND"}, updateMask="displayName,userLabels")

    changed = google.ok("GET", url)
    assert changed["displayName"] == "Later"
    assert "userLabels" not in changed
    assert changed["combiner"] == "OR"


def test_a_patch_without_a_mask_merges(google: Google) -> None:
    google.ok(
        "POST", BUCKETS, {"name": "acme-logs", "labels": {"a": "1"}, "versioning": {"enabled": True}}, project="a"
    )

    google.ok("PATCH", f"{BUCKETS}/acme-logs", {"labels": {"b": "2"}})

    bucket = google.ok("GET", f"{BUCKETS}/acme-logs")
    assert bucket["labels"] == {"a": "1", "b": "2"}
    assert bucket["versioning"] == {"enabled": True}


def test_a_put_takes_the_place_of_what_was_there(google: Google) -> None:
    url = "compute.googleapis.com/compute/v1/projects/acme/global/healthChecks"
    google.ok("POST", url, {"name": "main", "type": "HTTP", "description": "first"})

    google.ok("PUT", f"{url}/main", {"name": "main", "type": "HTTP"})

    assert "description" not in google.ok("GET", f"{url}/main")


def test_a_writer_who_has_read_an_older_version_is_refused(google: Google) -> None:
    url = "compute.googleapis.com/compute/v1/projects/acme/global/securityPolicies"
    google.ok("POST", url, {"name": "main"})
    read = google.ok("GET", f"{url}/main")
    google.ok("PATCH", f"{url}/main", {"description": "other", "fingerprint": read["fingerprint"]})

    status, answer = google.send("PATCH", f"{url}/main", {"description": "mine", "fingerprint": read["fingerprint"]})

    assert status == 412
    assert answer["error"]["errors"][0]["reason"] == "conditionNotMet"
    assert google.ok("GET", f"{url}/main")["description"] == "other"


def test_lists_come_in_pages(google: Google) -> None:
    for number in range(5):
        google.ok("POST", ACCOUNTS, {"accountId": f"reader-{number}"})

    first = google.ok("GET", ACCOUNTS, pageSize="3")
    second = google.ok("GET", ACCOUNTS, pageSize="3", pageToken=first["nextPageToken"])

    assert [len(page["accounts"]) for page in (first, second)] == [3, 2]
    assert "nextPageToken" not in second


def test_an_empty_list_is_left_out(google: Google) -> None:
    assert google.ok("GET", ACCOUNTS) == {}


def test_a_project_has_one_set_of_resources_under_its_id_and_its_number(google: Google, project: str) -> None:
    number = google.ok("GET", f"cloudresourcemanager.googleapis.com/v1/projects/{project}")["projectNumber"]
    google.ok("POST", f"secretmanager.googleapis.com/v1/projects/{project}/secrets", {}, secretId="jwt")

    secret = google.ok("GET", f"secretmanager.googleapis.com/v1/projects/{number}/secrets/jwt")

    assert secret["name"] == f"projects/{number}/secrets/jwt"
