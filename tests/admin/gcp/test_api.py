"""Client of Google's APIs: long-running operations, refusals, and what it waits for."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from admin.errors import ApiError, DeniedError, NotYetError
from admin.gcp.api import Api
from admin.rest import DELETE, GET, POST, Method
from tests.pauses import without_pauses

METHODS = {
    "compute.globalOperations.get": Method(GET, "https://compute.test/{project}/operations/{operation}"),
    "compute.instances.aggregatedList": Method(GET, "https://compute.test/{project}/aggregated/instances"),
    "compute.networks.delete": Method(
        DELETE, "https://compute.test/{project}/networks/{network}", (), "compute.globalOperations.get"
    ),
    "operations.get": Method(GET, "https://services.test/v1/{name}"),
    "services.batchEnable": Method(
        POST, "https://services.test/v1/{parent}:batchEnable", ("serviceusage.services.enable",), "operations.get"
    ),
    "services.get": Method(GET, "https://services.test/v1/{name}", ("serviceusage.services.get", "other.things.get")),
}


@dataclass
class Sender:
    """Sends nothing; each request gets the next answer, a status with a body or the body of a success."""

    answers: Sequence[Any]
    requests: list[str] = field(default_factory=list)

    def __call__(self, verb: str, url: str, _: bytes | None, quota_project: str | None) -> tuple[int, bytes]:
        answer = self.answers[min(len(self.requests), len(self.answers) - 1)]
        self.requests.append(f"{verb} {url} {quota_project}")
        status, content = answer if isinstance(answer, tuple) else (200, answer)
        return status, json.dumps(content).encode()


def refused(status: int, message: str, reason: str = "", **metadata: str) -> tuple[int, Any]:
    return status, {"error": {"message": message, "details": [{"reason": reason, "metadata": metadata}]}}


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds of each pause, which is not made."""
    found: list[float] = []
    without_pauses(monkeypatch, found.append)
    return found


def test_an_operation_is_asked_for_until_it_is_done(pauses: list[float]) -> None:
    running = {"name": "operations/acat.p1"}
    send = Sender([running, running, {**running, "done": True, "response": {"services": [1]}}])
    answer = Api(send, METHODS).call("services.batchEnable", {"serviceIds": []}, parent="projects/acme")
    assert answer == {"services": [1]}
    assert send.requests == [
        "POST https://services.test/v1/projects/acme:batchEnable None",
        *["GET https://services.test/v1/operations/acat.p1 None"] * 2,
    ]
    assert len(pauses) == 2


def test_an_operation_of_compute_engine_is_asked_for_in_its_own_form() -> None:
    send = Sender([{"name": "operation-1", "status": "PENDING"}, {"name": "operation-1", "status": "DONE"}])
    Api(send, METHODS).call("compute.networks.delete", project="acme", network="default")
    assert send.requests[-1] == "GET https://compute.test/acme/operations/operation-1 None"


@pytest.mark.parametrize(
    ("method", "parameters", "ended"),
    [
        (
            "services.batchEnable",
            {"parent": "projects/acme"},
            {"done": True, "error": {"code": 7, "message": "In use"}},
        ),
        (
            "compute.networks.delete",
            {"project": "acme", "network": "default"},
            {"name": "a", "status": "DONE", "error": {"errors": [{"code": "RESOURCE_IN_USE", "message": "In use"}]}},
        ),
    ],
)
def test_an_operation_that_fails_is_an_error(method: str, parameters: dict[str, str], ended: Any) -> None:
    with pytest.raises(ApiError, match=f"^{method} failed: In use$"):
        Api(Sender([ended]), METHODS).call(method, **parameters)


def test_an_operation_that_does_not_end_is_given_up() -> None:
    with pytest.raises(ApiError, match=r"^services\.batchEnable has not ended after 10 minutes: run it again$"):
        Api(Sender([{"name": "operations/a"}]), METHODS).call("services.batchEnable", parent="projects/acme")


def test_a_refusal_names_the_method_and_the_permission() -> None:
    send = Sender([refused(403, "The caller does not have permission")])
    with pytest.raises(DeniedError) as raised:
        Api(send, METHODS).call("services.batchEnable", parent="projects/acme")
    assert str(raised.value) == (
        "Google refused services.batchEnable: 403 The caller does not have permission; it needs"
        " serviceusage.services.enable"
    )


def test_a_permission_that_google_names_is_not_named_twice() -> None:
    send = Sender([refused(403, "Permission 'serviceusage.services.get' denied")])
    with pytest.raises(DeniedError, match=r"denied; it needs other\.things\.get$"):
        Api(send, METHODS).call("services.get", name="services/a")


@pytest.mark.parametrize(
    "refusal",
    [
        refused(403, "It has not been used in project 403404 before.", "SERVICE_DISABLED", service="run.test"),
        refused(429, "Quota exceeded", "RATE_LIMIT_EXCEEDED"),
        refused(503, "The service is currently unavailable."),
        refused(400, "Another activation or deactivation is in progress for the service."),
    ],
)
def test_what_passes_by_itself_is_sent_again(pauses: list[float], refusal: tuple[int, Any]) -> None:
    send = Sender([refusal, refusal, {"name": "a"}])
    assert Api(send, METHODS, attempts=3).call("services.get", name="services/a") == {"name": "a"}
    assert pauses == [15, 15]
    once = Sender([refusal, {"name": "a"}])
    with pytest.raises(NotYetError):
        Api(once, METHODS).call("services.get", name="services/a")
    assert len(once.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 499, 500])
def test_another_refusal_is_not_sent_again(status: int) -> None:
    """The number of a project may hold the digits of another status."""
    send = Sender([refused(status, "Project 503429 is busy")])
    with pytest.raises(ApiError):
        Api(send, METHODS, attempts=3).call("services.get", name="services/a")
    assert len(send.requests) == 1


def test_credentials_without_a_quota_project_get_the_command_that_sets_one() -> None:
    said = "The cloudbilling.googleapis.com API requires a quota project, which is not set by default."
    send = Sender([refused(403, said, "SERVICE_DISABLED", service="cloudbilling.googleapis.com")])
    with pytest.raises(ApiError, match="gcloud auth application-default set-quota-project") as raised:
        Api(send, METHODS, attempts=3).call("services.get", name="services/a")
    assert not isinstance(raised.value, NotYetError)


def test_the_quota_is_that_of_the_project_where_one_is_named() -> None:
    send = Sender([{}])
    Api(send, METHODS, "acme-shared").call("services.get", name="projects/acme/services/a")
    Api(send, METHODS, "acme-shared").call("services.get", name="services/a")
    assert [request.rpartition(" ")[2] for request in send.requests] == ["acme", "acme-shared"]


def test_pages_of_a_mapping_are_its_values() -> None:
    pages = [{"items": {"zones/a": {"instances": [1]}}, "nextPageToken": "2"}, {"items": {"zones/b": {}}}, {}]
    found = Api(Sender(pages), METHODS).pages("compute.instances.aggregatedList", "items", project="acme")
    assert found == [{"instances": [1]}, {}]
