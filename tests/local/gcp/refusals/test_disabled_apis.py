"""An API that is not enabled answers nobody."""

from tests.local.gcp.refusals.conftest import enable
from tests.local.gcp.rest.conftest import Google


def test_an_api_that_is_not_enabled_is_named(google: Google, new_project: str) -> None:
    url = f"compute.googleapis.com/compute/v1/projects/{new_project}/global/networks"
    status, answer = google.send("POST", url, {"name": "main", "autoCreateSubnetworks": False})
    number = google.ok("GET", f"cloudresourcemanager.googleapis.com/v1/projects/{new_project}")["projectNumber"]
    error = answer["error"]
    assert status == 403
    assert error["message"].startswith(f"Compute API has not been used in project {number} before or it is disabled.")
    assert error["details"][0]["reason"] == "SERVICE_DISABLED"
    assert error["details"][0]["metadata"]["service"] == "compute.googleapis.com"
    enable(google, new_project, "compute.googleapis.com")
    google.ok("POST", url, {"name": "main", "autoCreateSubnetworks": False})


def test_a_bucket_is_asked_for_by_the_project_that_has_it(google: Google, new_project: str) -> None:
    google.ok("POST", "storage.googleapis.com/storage/v1/b", {"name": "state", "location": "US"}, project=new_project)
    service = "storage.googleapis.com:disable"
    google.ok("POST", f"serviceusage.googleapis.com/v1/projects/{new_project}/services/{service}", {})
    status, message = google.refused("GET", "storage.googleapis.com/storage/v1/b/state")
    assert (status, "has not been used in project" in message) == (403, True)


def test_a_project_that_is_not_there_has_no_api(google: Google) -> None:
    status, answer = google.send("GET", "compute.googleapis.com/compute/v1/projects/nobodys/global/networks")
    assert (status, answer["error"]["details"][0]["reason"]) == (403, "CONSUMER_INVALID")
