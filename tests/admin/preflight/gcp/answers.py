"""Google Cloud for the tests of a preflight: given answers, which the discovery documents of the APIs validate.

``discovery.json`` holds the methods that a preflight sends, with their schemas, from the discovery documents in
google-api-python-client; their revisions stand there. Of Compute Engine's schemas it has the properties that are read.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from google.auth.exceptions import TransportError

from admin.gcp.api import Api
from admin.preflight.gcp.methods import METHODS
from assembly.values import Json

SHARED, PROJECT = "example-goodies-shared", "example-goodies-prod"
BILLING_ACCOUNT = "000000-000000-000000"
NUMBER = "123456789012"
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "array": list,
    "object": dict,
}


@dataclass(frozen=True)
class Refused:
    """Answer with an error of Google."""

    status: int
    message: str = ""
    reason: str = ""
    service: str = ""


DENIED = Refused(403, "The caller does not have permission", "IAM_PERMISSION_DENIED")
THROTTLED = Refused(429, "Quota exceeded", "RATE_LIMIT_EXCEEDED")
DISABLED = Refused(403, "It has not been used", "SERVICE_DISABLED", "it.googleapis.com")
UNREACHABLE = TransportError("Connection refused")  # type: ignore[no-untyped-call]

# An answer, or what makes one of the parameters and the body.
Given = Any


@cache
def discovery() -> Json:
    return json.loads(Path(__file__).with_name("discovery.json").read_text(encoding="utf-8"))


@dataclass
class Answers:
    """Answers by the id of the method; what is not given is denied.

    Attributes:
        given: of this test.
        default: what is not given.
        calls: each call: id, parameters with the body, and the project whose quota counts.
    """

    given: Mapping[str, Given]
    default: Given = DENIED
    calls: list[tuple[str, Json, str | None]] = field(default_factory=list)

    @property
    def api(self) -> Api:
        return Api(self.send, METHODS, SHARED)

    def send(self, verb: str, url: str, body: bytes | None, quota_project: str | None) -> tuple[int, bytes]:
        method, parameters = _method(verb, url)
        described = discovery()[method.partition(".")[0]]
        content = json.loads(body) if body else {}
        if body:
            validate(content, described, described["methods"][method]["request"])
        self.calls.append((method, {**parameters, **content}, quota_project))
        given = self.given.get(method, self.default)
        if callable(given):
            given = given({**parameters, **content})
        if isinstance(given, Exception):
            raise given
        if isinstance(given, bytes):
            return 200, given
        if isinstance(given, Refused):
            detail = {"reason": given.reason, "metadata": {"service": given.service} if given.service else {}}
            return given.status, json.dumps({"error": {"message": given.message, "details": [detail]}}).encode()
        validate(given, described, described["methods"][method]["response"])
        return 200, json.dumps(given).encode()


def _method(verb: str, url: str) -> tuple[str, dict[str, str]]:
    """Return the id of a request's method, as the discovery documents describe it, and its parameters."""
    address = urlsplit(url)
    bare = address._replace(query="").geturl()
    for api in discovery().values():
        for name, method in api["methods"].items():
            pattern = re.sub(r"\\\{(?:\\\+)?(\w+)\\\}", r"(?P<\1>[^:]+?)", re.escape(api["baseUrl"] + method["path"]))
            found = re.fullmatch(pattern, bare)
            if found and verb == method["httpMethod"] and _place(name, found):
                parameters = {**found.groupdict(), **dict(parse_qsl(address.query))}
                assert parameters.keys() <= set(method["parameters"]), f"{name} takes no {parameters}"
                return name, parameters
    raise AssertionError(f"no method of Google is {verb} {url}")


def _place(name: str, found: re.Match[str]) -> bool:
    """Say whether a path is of the collection that a method is named for: several share a form of URL."""
    value = next(iter(found.groupdict().values()), "")
    collection = name.split(".")[1]
    return "/" not in value or value.startswith(f"{collection}/") or name.startswith("serviceusage.")


def validate(value: Json, described: Json, name: str) -> None:
    """Fail where a value is none of a schema."""
    problems = list(_problems(value, {"$ref": name}, described["schemas"], name))
    assert not problems, problems


def _problems(value: Json, schema: Json, schemas: Json, path: str) -> Iterator[str]:
    if "$ref" in schema:
        schema = schemas.get(schema["$ref"], {})
    kind = schema.get("type")
    if kind and not isinstance(value, _TYPES[kind]):
        yield f"{path}: {value!r} is no {kind}"
    elif kind == "object" and "properties" in schema:
        for key, item in value.items():
            if key in schema["properties"]:
                yield from _problems(item, schema["properties"][key], schemas, f"{path}.{key}")
            else:
                yield f"{path} has no {key}"
    elif kind == "array":
        for item in value:
            yield from _problems(item, schema["items"], schemas, f"{path}[]")
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value!r} is none of {schema['enum']}"


def all_allowed(parameters: Json) -> Json:
    return {"permissions": parameters["permissions"]}


def paged(key: str, items: list[Json]) -> Callable[[Json], Json]:
    """Return the items on a second page, after one that is empty."""
    return lambda parameters: {key: items} if "pageToken" in parameters else {"nextPageToken": "a"}
