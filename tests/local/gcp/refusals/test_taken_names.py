"""Names that stay taken after a deletion, on the emulator's clock."""

from collections.abc import Callable

from tests.local.gcp.rest.conftest import Google

_INSTANCE = {"name": "goodies", "databaseVersion": "POSTGRES_18", "settings": {"tier": "db-custom-2-4096"}}


def test_a_deleted_database_keeps_its_name_for_a_week(google: Google, project: str, later: Callable[..., None]) -> None:
    url = f"sqladmin.googleapis.com/sql/v1beta4/projects/{project}/instances"
    google.ok("POST", url, _INSTANCE)
    google.ok("DELETE", f"{url}/goodies")
    later(days=6)
    status, message = google.refused("POST", url, _INSTANCE)
    assert status == 409
    assert "you can't reuse the name of the deleted instance until one week" in message
    later(days=2)
    google.ok("POST", url, _INSTANCE)


def test_a_deleted_log_bucket_stays_for_seven_days(google: Google, project: str, later: Callable[..., None]) -> None:
    url = f"logging.googleapis.com/v2/projects/{project}/locations/us-central1/buckets"
    google.ok("POST", url, {"retentionDays": 30}, bucketId="trail")
    google.ok("DELETE", f"{url}/trail")
    assert google.ok("GET", f"{url}/trail")["lifecycleState"] == "DELETE_REQUESTED"
    assert google.refused("POST", url, {"retentionDays": 30}, bucketId="trail")[0] == 409
    later(days=8)
    assert google.refused("GET", f"{url}/trail")[0] == 404
    google.ok("POST", url, {"retentionDays": 30}, bucketId="trail")


def test_a_log_bucket_that_was_brought_back_stays(google: Google, project: str, later: Callable[..., None]) -> None:
    url = f"logging.googleapis.com/v2/projects/{project}/locations/us-central1/buckets"
    google.ok("POST", url, {"retentionDays": 30}, bucketId="trail")
    google.ok("DELETE", f"{url}/trail")
    google.ok("POST", f"{url}/trail:undelete", {})
    later(days=8)
    assert google.ok("GET", f"{url}/trail")["lifecycleState"] == "ACTIVE"


def test_a_deleted_role_keeps_its_id(google: Google, project: str, later: Callable[..., None]) -> None:
    url = f"iam.googleapis.com/v1/projects/{project}/roles"
    role = {"roleId": "reader", "role": {"title": "Reader", "includedPermissions": ["storage.objects.get"]}}
    google.ok("POST", url, role)
    google.ok("DELETE", f"{url}/reader")
    later(days=36)
    status, message = google.refused("POST", url, role)
    assert (status, message) == (409, f"A role named reader in projects/{project} already exists.")
    later(days=2)
    google.ok("POST", url, role)


def test_a_deleted_role_is_brought_back_within_seven_days(
    google: Google, project: str, later: Callable[..., None]
) -> None:
    url = f"iam.googleapis.com/v1/projects/{project}/roles"
    google.ok("POST", url, {"roleId": "reader", "role": {"title": "Reader"}})
    google.ok("DELETE", f"{url}/reader")
    later(days=6)
    google.ok("POST", f"{url}/reader:undelete", {})
    google.ok("DELETE", f"{url}/reader")
    later(days=8)
    status, message = google.refused("POST", f"{url}/reader:undelete", {})
    assert (status, "cannot be restored" in message) == (400, True)
