"""Read-only client of Google's APIs: REST with the credentials that Terraform uses."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

import google.auth
from google.auth import exceptions
from google.auth.transport.requests import Request

from admin.errors import GoogleError, WriteRefusedError
from admin.preflight.gcp.methods import METHODS, POST
from assembly.values import Json

_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
_LOGIN = "gcloud auth application-default login"
_SECONDS = 20
_AT_ONCE = 100  # permissions in a request ("Testing permissions", IAM documentation)
_FIELD = re.compile(r"\{(\w+)\}")
_TOO_OFTEN = frozenset({"RATE_LIMIT_EXCEEDED", "rateLimitExceeded", "userRateLimitExceeded"})
_DISABLED = frozenset({"SERVICE_DISABLED", "accessNotConfigured"})

# Verb, URL, body, and the project whose quota of requests counts; returns status and body of the response.
Send = Callable[[str, str, bytes | None, str], tuple[int, bytes]]


class AbsentError(GoogleError):
    """A resource that does not exist."""


class DeniedError(GoogleError):
    """A request that the caller may not make; Google says the same of a project that does not exist."""


def sender() -> Send:
    """Return what sends requests with the application default credentials.

    Raises:
        GoogleError: there are no credentials.
    """
    with _answered("credentials"):
        credentials, _ = google.auth.default(scopes=_SCOPES)
    transport: Any = Request()
    found: Any = credentials

    def send(verb: str, url: str, body: bytes | None, quota_project: str) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/json"} if body else {}
        found.before_request(transport, verb, url, headers)
        # Credentials of a person need one, in which the API is enabled ("System parameters", Google Cloud APIs).
        headers["x-goog-user-project"] = quota_project
        response = transport(url=url, method=verb, body=body, headers=headers, timeout=_SECONDS)
        return int(response.status), bytes(response.data)

    return send


@dataclass(frozen=True)
class Api:
    """Google's APIs, which are asked and never change anything.

    Attributes:
        send: sends a request.
        quota_project: project whose quota counts where a request names none.
    """

    send: Send
    quota_project: str

    def call(self, method: str, body: Json = None, **parameters: str | int) -> Json:
        """Return the answer of a method.

        Args:
            method: one of :data:`admin.preflight.gcp.methods.METHODS`.
            body: of a method that posts.
            parameters: those of the path, and of the query.

        Raises:
            WriteRefusedError: the method is not in the list; nothing was sent.
            AbsentError: there is no such thing.
            GoogleError: there is no answer, and why.
        """
        if method not in METHODS:
            raise WriteRefusedError(f"{method} was not sent: a preflight sends only what {__name__} lists.")
        known = METHODS[method]
        in_path = set(_FIELD.findall(known.url))
        url = known.url.format_map({name: quote(str(parameters[name]), safe="/:.-_") for name in in_path})
        query = urlencode({name: value for name, value in parameters.items() if name not in in_path})
        content = json.dumps(body or {}).encode() if known.verb == POST else None
        with _answered(method):
            status, answer = self.send(known.verb, f"{url}?{query}" if query else url, content, self._payer(parameters))
            if status != HTTPStatus.OK:
                raise _error(method, status, answer)
            return json.loads(answer)

    def _payer(self, parameters: Mapping[str, str | int]) -> str:
        """Return the project that a request is about: there, its API is enabled."""
        for value in parameters.values():
            if found := re.match(r"projects/([^/]+)", str(value)):
                return found[1]
        return str(parameters.get("project", self.quota_project))

    def pages(self, method: str, key: str, **parameters: str | int) -> list[Json]:
        """Return the items of all pages of a method's answer; an API leaves out a list that is empty."""
        page = self.call(method, **parameters)
        items = list(page.get(key, ()))
        while token := page.get("nextPageToken"):
            page = self.call(method, pageToken=token, **parameters)
            items += page.get(key, ())
        return items

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


@contextmanager
def _answered(what: str) -> Iterator[None]:
    """Translate what prevents an answer in the block."""
    try:
        yield
    except exceptions.DefaultCredentialsError as error:
        raise GoogleError(f"no credentials of Google Cloud: {_LOGIN}") from error
    except exceptions.RefreshError as error:
        raise GoogleError(f"the credentials of Google Cloud have expired, or were withdrawn: {_LOGIN}") from error
    except (exceptions.GoogleAuthError, OSError) as error:
        raise GoogleError(f"Google Cloud cannot be reached: {error}") from error
    except ValueError as error:
        raise GoogleError(f"Google's answer to {what} is no JSON") from error


def _error(method: str, status: int, answer: bytes) -> GoogleError:
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
        return GoogleError("Google is asked too often: run it again in a minute")
    if status == HTTPStatus.UNAUTHORIZED:
        return GoogleError(f"Google does not accept the credentials: {_LOGIN}")
    if reasons & _DISABLED:
        names = " ".join(services) or method.partition(".")[0]
        return GoogleError(f"{names} is not enabled: make bootstrap, or gcloud services enable {names}")
    said = f"Google refused {method}: {status} {message}".rstrip()
    if status == HTTPStatus.NOT_FOUND:
        return AbsentError(said)
    return DeniedError(said) if status == HTTPStatus.FORBIDDEN else GoogleError(said)
