"""Google's REST APIs behind the proxy."""

import json
from collections.abc import Callable
from http import HTTPStatus

from assembly.values import Json
from local.gcp.rest import policies, services, verbs  # noqa: F401 - they register handlers
from local.gcp.rest.calls import Call, Cloud, Handler, find_handler
from local.gcp.rest.checks import camel, check, clean
from local.gcp.rest.discovery import Method, methods
from local.gcp.rest.errors import Refusal
from local.gcp.rest.forms import forms
from local.proxy.api import Request, Response
from local.proxy.store import Store


class RestApis:
    """All APIs that are known from discovery documents.

    Args:
        store: keeps their resources.
        guard: answers a call by its handler, or refuses it as Google does.
    """

    def __init__(self, store: Store, guard: Callable[[Call, Handler], Json] = lambda call, run: run(call)) -> None:
        self._cloud = Cloud(store)
        self._guard = guard
        self._hosts = {host for host, _ in methods()}

    def serves(self, host: str) -> bool:
        """Return whether the name is one of theirs."""
        return host in self._hosts

    def answer(self, request: Request) -> Response:
        """Answer a request, or refuse it in the form of its API."""
        found = find(request)
        if found is None:
            refusal = Refusal("NOT_FOUND", f"The embedded Google Cloud knows no {request.method} {request.path}")
            return refusal.response("status")
        method, name, in_path = found
        try:
            check(method, request.query, body := _body(request))
            cleaned = clean(method.document, method.request or {}, body or {}, nulls=method.verb == "PATCH")
            call = Call(
                method,
                self._cloud.by_id(name),
                {**in_path, **{camel(key): value for key, value in request.query.items()}},
                cleaned,
                self._cloud,
            )
            with self._cloud.store.transaction():  # of a request that is refused nothing stays
                answer = self._guard(call, find_handler(method))
        except Refusal as refusal:
            return refusal.response(forms()[method.kind.form].style)
        if not method.response:
            return Response(status=HTTPStatus.NO_CONTENT)
        return Response.of_json(answer)


def find(request: Request) -> tuple[Method, str, dict[str, str]] | None:
    """Return the method that a request calls, the name of the resource and the parameters of the path."""
    for method in methods().get((request.host, request.method), ()):
        if match := method.match(request.path):
            name, parameters = match
            return method, name, dict(parameters)
    return None


def _body(request: Request) -> object:
    try:
        return request.json()
    except json.JSONDecodeError as error:
        raise Refusal("INVALID_ARGUMENT", f"Invalid JSON payload received. {error.msg}.", "parseError") from error
