"""Client of Resource Manager and of what storage accounts hold: REST with the credentials that Terraform uses."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

import yaml

from admin.errors import AbsentError, ApiError, ConflictError, DeniedError, NotYetError
from admin.rest import DELETE, GET, Method, RestApi
from assembly.values import Json

HOST = "https://management.azure.com"
LOGIN = "az login"
_ROWS: Mapping[str, Json] = yaml.safe_load(Path(__file__).with_name("methods.yaml").read_text(encoding="utf-8"))
_POLL_SECONDS = 5
_POLLS = 240
_LONGEST_SECONDS = 60  # to wait where an answer asks for longer
_UNAVAILABLE = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT})
# What passes by itself: an identity made a moment ago ("Troubleshoot Azure RBAC"), another change of the same resource
# ("Resolve common Azure Resource Manager errors").
_NOT_YET = frozenset(
    {"PrincipalNotFound", "AnotherOperationInProgress", "RetryableError", "StorageAccountIsNotProvisioned"}
)
_UNREGISTERED = frozenset({"MissingSubscriptionRegistration"})
_WRONG_TENANT = frozenset({"InvalidAuthenticationTokenTenant"})
_RUNNING = frozenset({"accepted", "inprogress", "running", "creating", "updating"})


def _url(row: Json) -> str:
    if "url" in row:
        return str(row["url"])
    query = f"&{row['query']}" if "query" in row else ""
    return f"{HOST}{row['path']}?api-version={row['version']}{query}"


METHODS: Mapping[str, Method] = {
    name: Method(row["verb"], _url(row), tuple(row["permissions"])) for name, row in _ROWS.items()
}
READING: Mapping[str, Method] = {
    name: method for name, method in METHODS.items() if method.verb == GET or _ROWS[name].get("reads")
}


@dataclass(frozen=True)
class Answer:
    """A response.

    Attributes:
        status: of HTTP.
        headers: their names in lower case.
        body: content.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


# Verb, URL and body of a request; returns its response.
Send = Callable[[str, str, bytes | None], Answer]


@dataclass(frozen=True)
class Api(RestApi):
    """Resource Manager, and what storage accounts hold.

    Attributes:
        send: sends a request.
        methods: those that may be sent, by their ids in the REST reference.
        attempts: how often a request is sent until it is accepted, as far apart as the answer says.
        embedded: whether they are those of the embedded cloud.
        principal: object id of the caller, whose roles are asked for.
    """

    send: Send
    methods: Mapping[str, Method]
    attempts: int = 4
    embedded: bool = False
    principal: str = ""

    def pages(self, method: str, **parameters: str | int) -> list[Json]:
        """Return the items of all pages of a method's answer ("Paging", Azure REST API reference)."""
        page = self.call(method, **parameters)
        items = list(page["value"])
        while following := page.get("nextLink"):
            page = _object(method, self._accepted_url(GET, _own(str(following)), method))
            items += page["value"]
        return items

    def _call_once(self, method: str, body: Json, parameters: Mapping[str, str | int]) -> Answer:
        known = self.methods[method]
        url = known.url.format_map({name: quote(str(value), safe="/:.-_") for name, value in parameters.items()})
        content = None if known.verb in (GET, DELETE) else json.dumps(body or {}).encode()
        return self._request(known.verb, url, content, method)

    def _request(self, verb: str, url: str, body: bytes | None, method: str) -> Answer:
        answer = self.send(verb, url, body)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise _error(method, self.methods[method].permissions, answer)
        return answer

    def _accepted_url(self, verb: str, url: str, method: str) -> Answer:
        for _ in range(self.attempts - 1):
            try:
                return self._request(verb, url, None, method)
            except NotYetError as error:
                time.sleep(error.seconds)
        return self._request(verb, url, None, method)

    def _end_of(self, method: str, answer: Answer, parameters: Mapping[str, str | int]) -> Json:
        """Wait for the operation of an answer, and return its result ("Track asynchronous Azure operations")."""
        del parameters
        if not self.methods[method].url.startswith(HOST):
            return None
        status_url = answer.headers.get("azure-asyncoperation")
        location = answer.headers.get("location") if answer.status == HTTPStatus.ACCEPTED else None
        if not status_url and not location:
            return _object(method, answer) if answer.body else {}
        url = _own(status_url or location or "")
        for _ in range(_POLLS):
            time.sleep(_seconds(answer, _POLL_SECONDS))
            answer = self._accepted_url(GET, url, method)
            if status_url:
                found = _object(method, answer)
                state = str(found.get("status", "")).lower()
                if state == "succeeded":
                    return found.get("properties") or {}
                if state not in _RUNNING:
                    raise ApiError(f"{method} failed: {_said(found.get('error')) or state or 'no reason is given'}")
            elif answer.status != HTTPStatus.ACCEPTED:
                return _object(method, answer) if answer.body else {}
        raise ApiError(f"{method} has not ended after {_POLLS * _POLL_SECONDS // 60} minutes: run it again")


def _own(url: str) -> str:
    """Return a URL that an answer names, where it leads to Resource Manager: the token goes nowhere else."""
    if not url.startswith(f"{HOST}/"):
        raise ApiError(f"an answer leads to {url[:60]!r}, which is not {HOST}: nothing was sent there")
    return url


def _object(method: str, answer: Answer) -> Json:
    try:
        found = json.loads(answer.body)
    except ValueError as error:
        raise ApiError(f"the answer to {method} is no JSON") from error
    # What stands between here and the API may answer with another thing.
    if not isinstance(found, dict):
        raise ApiError(f"the answer to {method} is no JSON object")
    return found


def _seconds(answer: Answer, usual: float) -> float:
    """Return how long an answer asks to wait (RFC 9110, Retry-After); a date counts as none."""
    text = answer.headers.get("retry-after", "")
    return min(float(text), _LONGEST_SECONDS) if text.isdecimal() else usual


def _said(error: Json) -> str:
    if not isinstance(error, dict):
        return ""
    # The first line says it; a correlation id and the time follow.
    message = str(error.get("message", "")).strip().partition("\n")[0].strip()
    return f"{error.get('code', '')}: {message}".strip(": ")


def _error(method: str, permissions: Sequence[str], answer: Answer) -> ApiError:
    """Return the error of a response, by the forms in which Resource Manager and Blob Storage give errors.

    Sources: "Common API details", Azure REST API guidelines; "Status and error codes", Blob Storage REST API.
    """
    try:
        found = json.loads(answer.body)["error"]
        code, said = str(found.get("code", "")), _said(found)
    except (ValueError, LookupError, AttributeError, TypeError):
        code = said = answer.headers.get("x-ms-error-code", "")
    status = answer.status
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return NotYetError("too many requests: run it again in a minute", _seconds(answer, 15))
    if code in _WRONG_TENANT:
        return ApiError(f"the credentials are of another tenant than the subscription: {LOGIN} --tenant <tenant>")
    if status == HTTPStatus.UNAUTHORIZED:
        return ApiError(f"the credentials are not accepted, or have expired: {LOGIN}")
    text = f"{method} was refused: {status} {said}".rstrip()
    if code in _UNREGISTERED:
        return NotYetError(f"{text}; make bootstrap registers the provider")
    if code in _NOT_YET or status in _UNAVAILABLE:
        return NotYetError(text, _seconds(answer, 15))
    if status == HTTPStatus.FORBIDDEN:
        unnamed = [each for each in permissions if each not in said]
        return DeniedError(f"{text}; it needs {' and '.join(unnamed)}" if unnamed else text)
    if status == HTTPStatus.NOT_FOUND:
        return AbsentError(text)
    return ConflictError(text) if status == HTTPStatus.CONFLICT else ApiError(text)
