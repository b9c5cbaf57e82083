"""Quotas of Compute Engine: what a project has, and what is too much."""

from tests.local.gcp.refusals.conftest import network
from tests.local.gcp.rest.conftest import Google

_COMPUTE = "compute.googleapis.com/compute/v1/projects/{}"


def test_one_network_too_many(google: Google, project: str) -> None:
    for name in ("first", "second", "third", "fourth"):  # beside the network that a new project has
        network(google, project, name)
    url = f"{_COMPUTE.format(project)}/global/networks"
    status, answer = google.send("POST", url, {"name": "sixth", "autoCreateSubnetworks": False})
    assert (status, answer["error"]["message"]) == (403, "Quota 'NETWORKS' exceeded.  Limit: 5.0 globally.")
    assert answer["error"]["errors"][0]["reason"] == "quotaExceeded"


def test_rules_with_expressions_have_a_quota_of_their_own(google: Google, project: str) -> None:
    rule = {"action": "deny(403)", "match": {"expr": {"expression": "true"}}}
    rules = [{**rule, "priority": priority} for priority in range(21)]
    url = f"{_COMPUTE.format(project)}/global/securityPolicies"
    assert "SECURITY_POLICY_CEVAL_RULES" in google.refused("POST", url, {"name": "edge", "rules": rules})[1]
    google.ok("POST", url, {"name": "edge", "rules": rules[:20]})


def test_a_project_tells_what_it_uses(google: Google, project: str) -> None:
    network(google, project)
    found = google.ok("GET", _COMPUTE.format(project))["quotas"]
    assert {"metric": "NETWORKS", "limit": 5.0, "usage": 2.0} in found
