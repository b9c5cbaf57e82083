"""Resource Manager behind the proxy."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from assembly.values import Json
from local.azure.arm import operations, services, verbs  # noqa: F401 - services register handlers
from local.azure.arm.calls import Call, Cloud, Handler
from local.azure.arm.data import kinds, namespaces
from local.azure.arm.errors import Refusal
from local.azure.arm.ids import ResourceId
from local.azure.arm.schemas import check
from local.azure.arm.services import lookups, subscriptions
from local.proxy.api import Request, Response
from local.proxy.store import Store

_OPERATION = re.compile(r"/subscriptions/[^/]+/providers/[^/]+/locations/[^/]+/operations/[^/]+", re.IGNORECASE)
_METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")

Guard = Callable[[Call, Handler], Json]


class ResourceManager:
    """All providers that are known.

    Args:
        store: keeps their resources.
        guard: answers a call by its handler, or refuses it as Azure does.
    """

    def __init__(self, store: Store, guard: Guard = lambda call, run: run(call)) -> None:
        self._cloud = Cloud(store)
        self._guard = guard

    def serves(self, host: str) -> bool:
        """Return whether the name is Resource Manager's."""
        return host == operations.HOST

    def answer(self, request: Request) -> Response:
        """Answer a request, or refuse it in Resource Manager's words."""
        try:
            with self._cloud.store.transaction():  # of a request that is refused nothing stays
                found = self._answer(request)
        except Refusal as refusal:
            return refusal.response()
        answer = found if isinstance(found, Response) else Response.of_json(found)
        return Response(status=answer.status, headers=answer.headers) if request.method == "HEAD" else answer

    def _answer(self, request: Request) -> Json | Response:
        path = unquote(request.path).rstrip("/")
        if request.method not in _METHODS:
            raise Refusal(405, "MethodNotAllowed", f"The HTTP method '{request.method}' is not supported.")
        if not request.query.get("api-version"):
            raise Refusal(
                400,
                "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required for all requests.",
            )
        resource = ResourceId(path)
        if resource.subscription:
            subscriptions.require(self._cloud, resource)
        if _OPERATION.fullmatch(path):
            return self._operation(resource)
        for part in (subscriptions, lookups):
            if (own := part.answer(self._cloud, request, resource)) is not None:
                return own
        return self._call(request, resource)

    def _operation(self, resource: ResourceId) -> Json:
        found = operations.find(self._cloud, resource)
        if found is None:
            raise Refusal(404, "OperationNotFound", f"The operation '{resource.name}' was not found.")
        return found

    def _call(self, request: Request, resource: ResourceId) -> Json | Response:
        action = ""
        listed = False
        if not resource.is_resource and request.method == "POST":
            action = resource.name
            resource = ResourceId(resource.path.rpartition("/")[0])
        elif not resource.is_resource:
            listed = True
        kind = kinds().get(resource.type)
        if kind is None or not (resource.namespace or resource.subscription):
            raise _unknown(resource)
        body = _body(request)
        if request.method in {"PUT", "PATCH"}:
            check(kind, body)
        call = Call(request, resource, kind, action, body, self._cloud)
        if listed and request.method == "GET":
            return self._guard(call, verbs.find_list(call))
        return self._guard(call, verbs.find_handler(call))


def _unknown(resource: ResourceId) -> Refusal:
    """Return the refusal of a type that there is not ("Resolve errors for no registered provider")."""
    namespace = next((each for each in namespaces() if each.lower() == resource.namespace.lower()), "")
    if not namespace:
        message = f"The resource namespace '{resource.namespace}' is invalid."
        return Refusal(404, "InvalidResourceNamespace", message)
    kind = resource.type.partition("/")[2]
    message = (
        f"The resource type '{kind}' could not be found in the namespace '{namespace}' of the embedded Azure. Its kinds"
        f" are in local/azure/arm/kinds/{namespace}.yaml."
    )
    return Refusal(404, "InvalidResourceType", message)


def _body(request: Request) -> Mapping[str, Any]:
    try:
        body = request.json() or {}
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        message = f"The request content was invalid and could not be deserialized: '{error}'."
        raise Refusal(400, "InvalidRequestContent", message) from error
    if not isinstance(body, Mapping):
        raise Refusal(400, "InvalidRequestContent", "The request content is not an object.")
    return body
