"""A project that was deleted, as docs/deploy/gcp.md deletes an environment for good."""

from collections.abc import Callable

import pytest

from tests.local.gcp.refusals.conftest import network
from tests.local.gcp.rest.conftest import Google

PROJECTS = "cloudresourcemanager.googleapis.com/v3/projects"


@pytest.mark.parametrize("version", ["v1", "v3"])
def test_a_deleted_project_comes_back_for_30_days(
    google: Google, project: str, later: Callable[..., None], version: str
) -> None:
    url = f"cloudresourcemanager.googleapis.com/{version}/projects/{project}"
    name = network(google, project)
    google.ok("DELETE", url)
    assert google.ok("GET", f"{PROJECTS}/{project}")["state"] == "DELETE_REQUESTED"
    refused = google.refused("GET", f"compute.googleapis.com/compute/v1/{name}")
    assert refused == (403, f"Project {project} has been deleted.")
    assert google.refused("DELETE", url)[0] == 400
    later(days=29)
    google.ok("POST", f"{url}:undelete", {})
    assert google.refused("POST", f"{url}:undelete", {})[0] == 400
    assert google.ok("GET", f"{PROJECTS}/{project}")["state"] == "ACTIVE"
    google.ok("GET", f"compute.googleapis.com/compute/v1/{name}")


def test_the_id_of_a_deleted_project_is_never_free(google: Google, project: str, later: Callable[..., None]) -> None:
    google.ok("DELETE", f"{PROJECTS}/{project}")
    for days in (0, 31, 365):
        later(days=days)
        refused = google.refused("POST", PROJECTS, {"projectId": project})
        assert refused == (409, "Requested entity already exists")
    assert google.refused("GET", f"{PROJECTS}/{project}")[0] == 403
    assert google.refused("POST", f"{PROJECTS}/{project}:undelete", {})[0] == 403
