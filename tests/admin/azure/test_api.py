"""Client of Resource Manager: what it sends, what it waits for, and one clear line for each bad answer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from admin.azure.api import METHODS, READING, Answer, Api
from admin.errors import AbsentError, ApiError, ConflictError, DeniedError, NotYetError, WriteRefusedError
from tests.pauses import without_pauses

ID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a"
_RESULT = "https://management.azure.com/subscriptions/s/providers/Microsoft.Storage/locations/westus2/operations/1"


@dataclass
class Answers:
    """Answers one after the other; the last one stays."""

    given: Sequence[Answer]
    calls: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def send(self, verb: str, url: str, body: bytes | None) -> Answer:
        del body
        self.calls.append(f"{verb} {url}")
        return self.given[min(len(self.calls), len(self.given)) - 1]


def answer(status: int = 200, body: object = None, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, content)


def refusal(status: int, code: str, message: str = "said", **headers: str) -> Answer:
    return answer(status, {"error": {"code": code, "message": message}}, **headers)


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []
    without_pauses(monkeypatch, found.append)
    return found


def test_a_method_that_is_not_in_the_list_is_not_sent() -> None:
    given = Answers([answer()])
    with pytest.raises(WriteRefusedError):
        Api(given.send, READING).call("StorageAccounts_Create", {}, id=ID)
    assert given.calls == []


def test_what_a_preflight_may_send_only_reads() -> None:
    posted = {name for name, method in READING.items() if method.verb != "GET"}
    checked = ("Registries", "Servers", "StorageAccounts", "Vaults")
    assert posted == {f"{group}_CheckNameAvailability" for group in checked}
    assert {method.verb for name, method in METHODS.items() if name not in READING} == {"PUT", "POST"}


@pytest.mark.parametrize("code", ["AuthorizationFailed", ""])
def test_a_refusal_names_the_permission(code: str) -> None:
    given = Answers([refusal(403, code, "No.\r\nCorrelation ID: 1")])
    with pytest.raises(DeniedError, match=r"403 .*No\.; it needs Microsoft\.Storage/storageAccounts/read$") as raised:
        Api(given.send, METHODS).call("StorageAccounts_GetProperties", id=ID)
    assert len(str(raised.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("given", "kind", "said"),
    [
        (refusal(404, "ResourceNotFound"), AbsentError, "404 ResourceNotFound: said"),
        (refusal(409, "StorageAccountAlreadyTaken"), ConflictError, "409 StorageAccountAlreadyTaken"),
        (refusal(401, "ExpiredAuthenticationToken"), ApiError, "not accepted, or have expired: az login"),
        (
            refusal(401, "InvalidAuthenticationTokenTenant"),
            ApiError,
            "of another tenant than the",
        ),
        (refusal(409, "MissingSubscriptionRegistration"), NotYetError, "make bootstrap registers the provider"),
        (answer(502, b"<html>"), NotYetError, "502"),
        (answer(500, b""), ApiError, "500"),
        (answer(200, b"<html>"), ApiError, "is no JSON$"),
        (answer(200, b"[]"), ApiError, "is no JSON object"),
    ],
)
def test_each_bad_answer_gives_one_line(given: Answer, kind: type[ApiError], said: str) -> None:
    with pytest.raises(kind, match=said) as raised:
        Api(Answers([given]).send, METHODS, attempts=1).call("StorageAccounts_GetProperties", id=ID)
    assert len(str(raised.value).splitlines()) == 1


def test_a_throttled_request_is_sent_again_when_the_answer_says(slept: list[float]) -> None:
    given = Answers([refusal(429, "TooManyRequests", retry_after="7"), answer(body={"name": "a"})])
    assert Api(given.send, METHODS).call("StorageAccounts_GetProperties", id=ID) == {"name": "a"}
    assert (slept, len(given.calls)) == ([7.0], 2)


def test_who_is_throttled_all_the_time_is_told_so(slept: list[float]) -> None:
    with pytest.raises(NotYetError, match="too many requests: run it again in a minute"):
        Api(Answers([refusal(429, "")]).send, METHODS, attempts=3).call("StorageAccounts_GetProperties", id=ID)
    assert slept == [15, 15]


@pytest.mark.parametrize("header", ["azure_asyncoperation", "location"])
def test_a_change_that_takes_long_is_waited_for(header: str, slept: list[float]) -> None:
    ended = answer(body={"status": "Succeeded"}) if header != "location" else answer(body={"name": "a"})
    running = answer(body={"status": "InProgress"}, retry_after="3") if header != "location" else answer(202, b"")
    given = Answers([answer(202, b"", **{header: _RESULT, "retry_after": "2"}), running, ended])
    Api(given.send, METHODS).call("StorageAccounts_Create", {}, id=ID)
    assert given.calls[1:] == [f"GET {_RESULT}"] * 2
    assert slept[0] == 2


def test_a_change_that_fails_later_says_why() -> None:
    failed = {"status": "Failed", "error": {"code": "Conflict", "message": "taken"}}
    given = Answers([answer(202, b"", azure_asyncoperation=_RESULT), answer(body=failed)])
    with pytest.raises(ApiError, match="StorageAccounts_Create failed: Conflict: taken"):
        Api(given.send, METHODS).call("StorageAccounts_Create", {}, id=ID)


@pytest.mark.parametrize("url", ["https://example.com/operations/1", "https://management.azure.com.example.com/x"])
def test_a_token_goes_to_no_other_host(url: str) -> None:
    given = Answers([answer(202, b"", azure_asyncoperation=url)])
    with pytest.raises(ApiError, match="nothing was sent there"):
        Api(given.send, METHODS).call("StorageAccounts_Create", {}, id=ID)
    assert len(given.calls) == 1


def test_all_pages_are_read() -> None:
    following = "https://management.azure.com/subscriptions/s/resources?$skiptoken=1"
    given = Answers([answer(body={"value": [1], "nextLink": following}), answer(body={"value": [2]})])
    assert Api(given.send, METHODS).pages("Resources_List", subscription="s", type="t") == [1, 2]
