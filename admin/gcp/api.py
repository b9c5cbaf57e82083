"""Client of Google's APIs: REST with the credentials that Terraform uses."""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote, urlencode

from google.auth import exceptions

from admin.errors import AbsentError, ApiError, ConflictError, DeniedError, NotYetError
from admin.rest import DELETE, GET, Method, RestApi
from assembly.values import Json

LOGIN = "gcloud auth application-default login"
_AT_ONCE = 100  # permissions in a request ("Testing permissions", IAM documentation)
_FIELD = re.compile(r"\{(\w+)\}")
# Credentials of a person name none by themselves ("Troubleshoot your ADC setup", authentication documentation).
_NO_QUOTA_PROJECT = "requires a quota project"
_QUOTA_PROJECT = "gcloud auth application-default set-quota-project <a project of yours>"
_TOO_OFTEN = frozenset({"RATE_LIMIT_EXCEEDED", "rateLimitExceeded", "userRateLimitExceeded"})
_DISABLED = frozenset({"SERVICE_DISABLED", "accessNotConfigured"})
# In Google's messages, what passes by itself: another change of the same APIs, an identity made a moment ago
# (terraform-provider-google, error_retry_predicates.go), a billing account linked a moment ago (it waits for that in
# resource_google_project.go), a role granted a moment ago ("Access change propagation", IAM documentation).
_NOT_YET = re.compile(
    r"Another activation or deactivation is in progress|Service account .* does not exist"
    r"|Billing must be enabled for activation|Permission denied on Cloud KMS key"
)
_UNAVAILABLE = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT})
_POLL_SECONDS = 2
_POLLS = 300

# Verb, URL, body, and the project whose quota of requests counts, or None where the credentials decide; returns status
# and body of the response.
Send = Callable[[str, str, bytes | None, str | None], tuple[int, bytes]]


@dataclass(frozen=True)
class Api(RestApi):
    """Google's APIs.

    Attributes:
        send: sends a request.
        methods: those that may be sent, by their ids in the discovery documents.
        quota_project: project whose quota counts where a request names none; None where the credentials decide.
        attempts: how often a request is sent until Google accepts it, 15 seconds apart.
        embedded: whether they are those of the embedded Google Cloud.
    """

    send: Send
    methods: Mapping[str, Method]
    quota_project: str | None = None
    attempts: int = 1
    embedded: bool = False

    def pages(self, method: str, key: str, **parameters: str | int) -> list[Json]:
        """Return the items of all pages of a method's answer; an API leaves out a list that is empty.

        Where the API has a mapping there, the items are its values.
        """
        items: list[Json] = []
        page = self.call(method, **parameters)
        while True:
            found = page.get(key, ())
            items += found.values() if isinstance(found, dict) else found
            if not (token := page.get("nextPageToken")):
                return items
            page = self.call(method, pageToken=token, **parameters)

    def allowed(self, kind: str, resource: str, permissions: Sequence[str]) -> set[str]:
        """Return those of some permissions that the caller has.

        Args:
            kind: ``projects``, ``billingAccounts`` or ``organizations``.
            resource: its name in its API: ``projects/acme-staging``.
            permissions: any number.
        """
        api = "cloudbilling" if kind == "billingAccounts" else "cloudresourcemanager"
        found: set[str] = set()
        for first in range(0, len(permissions), _AT_ONCE):
            body = {"permissions": list(permissions[first : first + _AT_ONCE])}
            found |= set(self.call(f"{api}.{kind}.testIamPermissions", body, resource=resource).get("permissions", ()))
        return found

    def _call_once(self, method: str, body: Json, parameters: Mapping[str, str | int]) -> Json:
        known = self.methods[method]
        in_path = set(_FIELD.findall(known.url))
        url = known.url.format_map({name: quote(str(parameters[name]), safe="/:.-_") for name in in_path})
        query = urlencode({name: value for name, value in parameters.items() if name not in in_path})
        content = None if known.verb in (GET, DELETE) else json.dumps(body or {}).encode()
        with answered(method):
            status, answer = self.send(known.verb, f"{url}?{query}" if query else url, content, self._payer(parameters))
            if status != HTTPStatus.OK:
                raise _error(method, known.permissions, status, answer)
            found = json.loads(answer)
        # A method answers with a message, which is an object; what stands between here and Google may not.
        if not isinstance(found, dict):
            raise ApiError(f"Google's answer to {method} is no JSON object")
        return found

    def _payer(self, parameters: Mapping[str, str | int]) -> str | None:
        """Return the project that a request is about: there, its API is enabled."""
        if self.quota_project is None:
            return None
        for value in parameters.values():
            if found := re.match(r"projects/([^/]+)", str(value)):
                return found[1]
        return str(parameters.get("project", self.quota_project))

    def _end_of(self, method: str, answer: Json, parameters: Mapping[str, str | int]) -> Json:
        """Wait for an operation of Compute Engine, or of the form that the other APIs share, and return its result.

        Sources: "Handling API responses", Compute Engine documentation; google.longrunning.Operation.
        """
        if not self.methods[method].operation:
            return answer
        operation, of_compute = answer, "status" in answer
        address = (
            {"project": parameters["project"], "operation": operation["name"]}
            if of_compute
            else {"name": operation.get("name", "")}
        )
        for _ in range(_POLLS):
            if operation.get("done") or operation.get("status") == "DONE":
                break
            time.sleep(_POLL_SECONDS)
            operation = self.call(self.methods[method].operation, **address)
        else:
            raise ApiError(f"{method} has not ended after {_POLLS * _POLL_SECONDS // 60} minutes: run it again")
        if error := operation.get("error"):
            first = next(iter(error.get("errors", ())), error)
            raise ApiError(f"{method} failed: {first.get('message', first.get('code', 'Google does not say why'))}")
        return operation.get("response", {})


@contextmanager
def answered(what: str) -> Iterator[None]:
    """Translate what prevents an answer in the block."""
    try:
        yield
    except exceptions.DefaultCredentialsError as error:
        raise ApiError(f"no credentials of Google Cloud: {LOGIN}") from error
    except exceptions.RefreshError as error:
        raise ApiError(f"the credentials of Google Cloud have expired, or were withdrawn: {LOGIN}") from error
    except (exceptions.GoogleAuthError, OSError) as error:
        raise ApiError(f"Google Cloud cannot be reached: {error}") from error
    except ValueError as error:
        raise ApiError(f"Google's answer to {what} is no JSON") from error


def _error(method: str, permissions: Sequence[str], status: int, answer: bytes) -> ApiError:
    """Return the error of a response, by the form that Google's APIs give errors ("Errors", Google Cloud APIs)."""
    try:
        error = json.loads(answer)["error"]
        message = str(error.get("message", "")).partition("\n")[0]
        details = [each for part in ("details", "errors") for each in error.get(part, ())]
        reasons = {str(each.get("reason", "")) for each in details}
        services = [str(each["metadata"]["service"]) for each in details if "service" in each.get("metadata", {})]
    except (ValueError, LookupError, AttributeError, TypeError):
        message, reasons, services = "", set(), []
    if status == HTTPStatus.TOO_MANY_REQUESTS or reasons & _TOO_OFTEN:
        return NotYetError("Google is asked too often: run it again in a minute")
    if status == HTTPStatus.UNAUTHORIZED:
        return ApiError(f"Google does not accept the credentials: {LOGIN}")
    if _NO_QUOTA_PROJECT in message:
        return ApiError(
            f"Google refused {method}: the credentials name no project whose quota counts: {_QUOTA_PROJECT}"
        )
    if reasons & _DISABLED:
        names = " ".join(services) or method.partition(".")[0]
        return NotYetError(f"{names} is not enabled: make bootstrap, or gcloud services enable {names}")
    said = f"Google refused {method}: {status} {message}".rstrip()
    if _NOT_YET.search(message) or status in _UNAVAILABLE:
        return NotYetError(said)
    if status == HTTPStatus.FORBIDDEN:
        unnamed = [each for each in permissions if each not in message]
        return DeniedError(f"{said}; it needs {' and '.join(unnamed)}" if unnamed else said)
    if status == HTTPStatus.NOT_FOUND:
        return AbsentError(said)
    return ConflictError(said) if status == HTTPStatus.CONFLICT else ApiError(said)
