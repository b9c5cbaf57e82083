"""Namespace of a metric that is written, as IAM compares it with policies: ``cloudwatch:namespace`` of a request.

MiniStack knows no such key, so a right to one namespace would be a right to none ("Using condition keys to limit access
to CloudWatch namespaces", CloudWatch user guide).
"""

import json
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from local.emulator.ministack_internals import CONDITION_VALUE, RESOURCE_OF_REQUEST

_KEY = "cloudwatch:namespace"
_SERVICE = "monitoring"
_namespace: ContextVar[str | None] = ContextVar("namespace", default=None)


def install() -> None:
    """Patch what IAM knows of a request. Called once."""
    RESOURCE_OF_REQUEST.wrap(_remembering_namespace)
    CONDITION_VALUE.wrap(_with_namespace)


def _remembering_namespace(original: Callable[..., str]) -> Callable[..., str]:
    def resource(service: str, method: str, path: str, headers: Mapping[str, str], body: bytes, *more: Any) -> str:
        _namespace.set(_read(headers, body, more[0]) if service == _SERVICE else None)
        return original(service, method, path, headers, body, *more)

    return resource


def _with_namespace(original: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    return lambda key, request: _namespace.get() if key.lower() == _KEY else original(key, request)


def _read(headers: Mapping[str, str], body: bytes, parameters: Mapping[str, Any]) -> str | None:
    """The namespace that a request names, in JSON or as a form; MiniStack reads no other without a library."""
    given = json.loads(body) if "json" in headers.get("content-type", "") else parameters
    named = given.get("Namespace")
    return named[0] if isinstance(named, list) else named
