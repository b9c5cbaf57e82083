"""Recording of what the providers sent: written compactly, with placeholders for what the server made.

What an embedded Google Cloud makes by itself is found by sending everything to another one, whose ids, numbers and
versions are others: what it answers otherwise was made.
"""

import base64
import datetime
import json
import re
import sys
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import yaml

from assembly.values import Json
from local.gcp.__main__ import apis
from local.gcp.rest import calls, certificates
from local.kubernetes import protobuf
from local.proxy import clock
from local.proxy.api import Response
from local.proxy.store import Store
from tests.local.gcp.recorded.literals import arguments, opened
from tests.local.gcp.recorded.replay import HTTPS, request_of, written
from tests.local.gcp.recorded.values import ANY, FORMS, Path, compact, leaves, mapped, packed, put

# The bytes of charts and of states are neither ours nor the providers'; tests of the registry and of objects send some.
_LEFT_OUT = re.compile(r"[^/]*\.pkg\.dev/|storage\.googleapis\.com/(?:upload/|storage/v1/b/[^/]+/o\b|(?!storage/))")
# Discovery is long, and the same for each client; its own tests compare it.
_NOT_COMPARED = re.compile(r"\.gke\.goog/(?:api|apis|apis/[^/]+(?:/v[^/]+)?|api/v1|openapi/.*|version)$")
Stacks = Mapping[str, Mapping[str, Any]]
# Of a made value that is found inside of another text.
_LEAST = 8
# Nothing of the stack is in its requests but names.
_DESTROY = "destroy"
# Seconds from which on nothing was sent for a while: the clock of a replay is moved by them.
_PAUSE = 0.5
_BOUNDARY = re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z0-9/-])")
# No request holds one.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)")
_VERSION = "resourceVersion"
# What a client read from its clock: it has a fraction of a second, which no argument has. It is never over in a replay.
_CLOCK = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z")
_LATER = "2100-01-01T00:00:00Z"
# Helm's, of a release, in seconds.
_HELMS_CLOCK = ("createdAt", "modifiedAt")


@dataclass
class Sent:
    """A request that the recorder wrote down.

    Attributes:
        time: when it came, in seconds.
        method: of HTTP.
        url: with its query.
        type: of its body.
        body: as JSON or a text; None where it is empty.
        status: of the answer.
        answer: as JSON; None where it is none, or is not compared.
        wait: seconds since the request before, where it is a pause.
        place: step, stack and resource.
    """

    time: float
    method: str
    url: str
    type: str
    body: Json
    status: int
    answer: Json
    wait: float = 0
    place: tuple[str, str, str] = ("", "", "")


def sent(lines: Sequence[str]) -> Iterator[Sent]:
    """Yield the requests that a recorder wrote down, but for what a recording leaves out."""
    for line in lines:
        row = json.loads(line)
        address = f"{row['host']}{row['path']}"
        if _LEFT_OUT.match(address):
            continue
        query = {key: value for key, value in row["query"].items() if key not in ("alt", "prettyPrint")}
        body, kind = _body(base64.b64decode(row["body"]), row["type"].partition(";")[0])
        answer = base64.b64decode(row["answer"])
        yield Sent(
            time=row["time"],
            method=row["method"],
            url=f"https://{address}" + (f"?{urlencode(query)}" if query else ""),
            type=kind or "application/json",
            body=body,
            status=row["status"],
            answer=json.loads(answer) if answer.startswith(b"{") and not _NOT_COMPARED.search(address) else None,
        )


def _body(content: bytes, kind: str) -> tuple[Json, str]:
    if not content:
        return None, ""
    if kind == protobuf.MEDIA_TYPE:
        return protobuf.decode(content), "application/json"
    if kind.endswith("yaml"):
        return yaml.safe_load(content), kind
    return json.loads(content), kind


def attribute(requests: Sequence[Sent], events: Sequence[str]) -> None:
    """Write to each request the step, the stack and the resource that it was sent for, and how long nothing was sent.

    Args:
        requests: in the order of their time.
        events: lines that Terraform wrote with ``-json -parallelism=1``, each run after a line with its step.
    """
    moments = list(_moments(events))
    at, place, before = 0, ("bootstrap", "", ""), requests[0].time
    for request in requests:
        if request.time - before >= _PAUSE:
            request.wait = round(request.time - before, 2)
            before = request.time
        while at < len(moments) and moments[at][0] <= request.time:
            place = moments[at][1]
            at += 1
        request.place = place


def _moments(events: Sequence[str]) -> Iterator[tuple[float, tuple[str, str, str]]]:
    step = stack = ""
    for line in events:
        event = json.loads(line)
        if "step" in event:
            step, stack = event["step"], event["stack"]
            yield event["time"], (step, stack, "")
        elif event.get("type") in ("apply_start", "refresh_start"):
            address = re.sub(r"\[.*", "", event["hook"]["resource"]["addr"])
            yield _time(event), (step, stack, address)
        elif event.get("type") in ("apply_complete", "refresh_complete", "apply_errored"):
            yield _time(event), (step, stack, "")


def _time(event: Json) -> float:
    return datetime.datetime.fromisoformat(event["@timestamp"]).timestamp()


def scrub(requests: Sequence[Sent]) -> None:
    """Put placeholders in the place of what the providers keep secret, passwords and Helm's releases, and of moments.

    A moment that a provider sends is of its clock, and another one in each recording.
    """
    found: dict[str, str] = {}
    moments: dict[str, str] = {}
    for request in requests:
        for value in (request.body, request.answer):
            _scrub_releases(value)
        for _, leaf in leaves(request.body):
            if isinstance(leaf, str) and _CLOCK.fullmatch(leaf):
                moments[leaf] = _LATER
        for secret in _secrets(request):
            found.setdefault(secret, f"placeholder-{len(found) + 1}")
    texts = {FORMS[form](secret): FORMS[form](text) for secret, text in found.items() for form in FORMS}

    def change(text: str) -> str:
        for secret, placeholder in texts.items():
            text = text.replace(secret, placeholder)
        return moments.get(text, text)

    for request in requests:
        request.body, request.answer = mapped(request.body, change), mapped(request.answer, change)
    paths = {request.url.partition("?")[0] for request in requests}
    for request in requests:
        _shorten_schemas(request.body, paths)
        _shorten_schemas(request.answer, paths)


def _shorten_schemas(value: Json, paths: Collection[str]) -> None:
    """Leave out what describes custom resources, and the schema of those that nobody makes."""
    if isinstance(value, list):
        for item in value:
            _shorten_schemas(item, paths)
    if not isinstance(value, dict):
        return
    if isinstance(value.get("spec"), dict) and "versions" in value["spec"] and "names" in value["spec"]:
        spec = value["spec"]
        ending = re.compile(rf"/apis/{spec['group']}/[^?]*/{spec['names']['plural']}(/|$)")
        used = any(ending.search(path) for path in paths)
        for version in spec["versions"]:
            version.pop("additionalPrinterColumns", None)
            schema = version["schema"]["openAPIV3Schema"]
            if used:
                _without_descriptions(schema)
            else:
                version["schema"]["openAPIV3Schema"] = {
                    "type": "object",
                    "x-kubernetes-preserve-unknown-fields": True,
                }
    for below in value.values():
        _shorten_schemas(below, paths)


def _without_descriptions(schema: Json) -> None:
    if isinstance(schema.get("description"), str):
        del schema["description"]
    for below in schema.get("properties", {}).values():
        _without_descriptions(below)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            _without_descriptions(schema[key])


def _secrets(request: Sent) -> Iterator[str]:
    body = request.body if isinstance(request.body, dict) else {}
    if request.url.endswith(":addVersion"):
        yield base64.b64decode(body["payload"]["data"]).decode()
    yield from (body[key] for key in ("password", "rootPassword") if body.get(key))


def _scrub_releases(value: Json) -> None:
    """Helm keeps a release, with the whole chart, in a Secret."""
    if isinstance(value, list):
        for item in value:
            _scrub_releases(item)
    if not isinstance(value, dict):
        return
    if value.get("type") == "helm.sh/release.v1" and "data" in value:
        value["data"] = {"release": FORMS["base64"]("placeholder")}
        labels = value["metadata"]["labels"]
        labels |= {name: "0" for name in _HELMS_CLOCK if name in labels}
    for below in value.values():
        _scrub_releases(below)


class RecordingError(Exception):
    """A recording that another embedded Google Cloud does not answer alike."""


@contextmanager
def other_cloud() -> Iterator[None]:
    """Let an embedded Google Cloud make other numbers, ids and versions than usual."""
    usual, crc = calls.digest, zlib.crc32

    def digest(text: str) -> str:
        return usual(f"other {text}")

    certificates.authority.cache_clear()
    modules = [module for name, module in sys.modules.items() if name.startswith("local.gcp.")]
    with ExitStack() as stack:
        for module in modules:
            if getattr(module, "digest", None) is usual:
                stack.enter_context(patch.object(module, "digest", digest))
        numbers = SimpleNamespace(crc32=lambda content: crc(b"other " + content))
        stack.enter_context(patch.object(calls, "zlib", numbers))
        yield


@dataclass
class Made:
    """Values that the server made, in the recorded cloud and in the other one.

    Attributes:
        pairs: the recorded value, and the other's.
        versions: the same for resource versions of Kubernetes, which are small numbers.
    """

    pairs: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    _forms: dict[str, tuple[str, str]] = field(default_factory=dict)
    _beginnings: dict[str, list[str]] = field(default_factory=dict)

    def learn(self, value: str, other: str) -> None:
        """Take in a value that the other cloud has made otherwise."""
        self.pairs[value] = other
        for form, convert in FORMS.items():
            text = convert(value)
            if text not in self._forms:
                self._forms[text] = (value, form)
                if len(text) >= _LEAST:
                    alike = self._beginnings.setdefault(text[:_LEAST], [])
                    alike.append(text)
                    alike.sort(key=len, reverse=True)

    def change(self, text: str, new: Callable[[str, str], str]) -> str:
        """Return a text with each made value in it replaced by what a function returns for it and its form."""
        if text in self._forms:
            return new(*self._forms[text])
        changed, at = "", 0
        for found in _BOUNDARY.finditer(text):
            begin = found.start()
            if begin < at:
                continue
            for known in self._beginnings.get(text[begin : begin + _LEAST], ()):
                end = begin + len(known)
                if text.startswith(known, begin) and not text[end : end + 1].isalnum():
                    changed += text[at:begin] + new(*self._forms[known])
                    at = end
                    break
        return changed + text[at:]

    def other(self, text: str) -> str:
        """Return what stands for a text in the other cloud."""

        def new(value: str, form: str) -> str:
            self.used.add(value)
            return FORMS[form](self.pairs[value])

        return self.change(text, new)


def send_to_another(requests: Sequence[Sent]) -> tuple[Made, list[dict[Path, Json]]]:
    """Send all requests to another cloud, and return what was made and the leaves of its answers.

    Raises:
        RecordingError: it answers otherwise than by what it makes.
    """
    made, answers = Made(), []
    with other_cloud():
        store = Store()
        served = apis(store)
        for request in requests:
            body = _with_versions(mapped(request.body, made.other), made.versions)
            sent = request_of(request.method, made.other(request.url), body, request.type)
            api = next(each for each in served if each.serves(sent.host))
            clock.move(store, seconds=request.wait)
            with store.transaction():
                response = api.answer(sent)
            if response.status != request.status:
                raise RecordingError(f"{request.place} {request.method} {request.url}: {response.body!r}")
            answers.append(_learn(request, response, made))
    return made, answers


def _with_versions(body: Json, versions: Mapping[str, str]) -> Json:
    body = json.loads(json.dumps(body))
    for path, value in list(leaves(body)):
        if path and path[-1] == _VERSION:
            put(body, path, versions.get(value, value))
    return body


def _learn(request: Sent, response: Response, made: Made) -> dict[Path, Json]:
    if request.answer is None:
        return {}
    recorded, other = dict(leaves(request.answer)), dict(leaves(json.loads(response.body)))
    if recorded.keys() != other.keys():
        different = [written(path) for path in recorded.keys() ^ other.keys()]
        raise RecordingError(f"{request.place} {request.method} {request.url}: {different}")
    for path, value in recorded.items():
        if path and path[-1] == _VERSION:
            made.versions.setdefault(value, other[path])
        elif (
            value != other[path]
            and isinstance(value, str)
            and not _MOMENT.fullmatch(value)
            and made.change(value, _marked) == value
        ):
            made.learn(value, other[path])
    return other


def _marked(value: str, form: str) -> str:
    return f"<<{value}{form}>>"


def lines(requests: Sequence[Sent], stacks: Stacks) -> Iterator[str]:
    """Yield the lines of a recording.

    Args:
        requests: in the order of their time, with their places.
        stacks: as they were deployed first.
    """
    made, others = send_to_another(requests)
    names = _Names(made, requests)
    place = ("", "", "")
    known: dict[str, int] = {}
    wait = 0.0
    found: list[Json] = []
    for request, other in zip(requests, others, strict=True):
        row = _row(request, other, names, stacks)
        key = compact({name: value for name, value in row.items() if name not in ("literals", "wait")})
        if request.place[:2] != place[:2]:
            found.append(dict(zip(("step", "stack"), request.place[:2], strict=True)))
            place = (*request.place[:2], "")
        if (request.method == "GET" or request.url.endswith(":getIamPolicy")) and key in known:
            if "again" not in found[-1]:
                found.append({"again": []})
            # What is read twice is recorded once, unless it was changed between.
            wait += request.wait
            if known[key] not in found[-1]["again"] and known[key] != len(known) - 1:
                found[-1]["again"].append(known[key])
            continue
        if request.place != place and request.place[0] != _DESTROY:
            found.append({"resource": request.place[2]})
            place = request.place
        if wait:
            row = {"wait": round(wait + request.wait, 2), **row}
            wait = 0
        while key in known:  # a change that is made again, with the same answer
            key += " "
        known[key] = len(known)
        found.append(row)
    yield from packed([each for each in found if each.get("again") != []])


class _Names:
    """Placeholders of what the server made."""

    def __init__(self, made: Made, requests: Sequence[Sent]) -> None:
        self._made = made
        self._numbers = {
            value: str(number) for number, value in enumerate(each for each in made.pairs if each in made.used)
        }
        self._versions = {
            value for each in requests for path, value in leaves(each.body) if path and path[-1] == _VERSION
        }

    def text(self, text: str) -> str:
        """Return a text with placeholders."""
        return self._made.change(text, self._placeholder)

    def versioned(self, value: Json) -> Json:
        """Return a copy with placeholders for the versions of Kubernetes."""
        value = json.loads(json.dumps(value))
        for path, leaf in list(leaves(value)):
            if path and path[-1] == _VERSION:
                put(value, path, f"<<v{leaf}>>" if leaf in self._versions else ANY)
        return value

    def answer(self, recorded: Json, other: Mapping[Path, Json]) -> Json:
        """Return an answer with placeholders for what the other cloud has answered otherwise."""
        answer = self.versioned(recorded)
        for path, value in leaves(recorded):
            if path and path[-1] != _VERSION and value != other[path]:
                new = self.text(value) if isinstance(value, str) else ANY
                put(answer, path, ANY if ANY in new or new == value else new)
        return answer

    def _placeholder(self, value: str, form: str) -> str:
        if value not in self._numbers:
            return ANY
        return f"<<{self._numbers[value]}|{form}>>" if form else f"<<{self._numbers[value]}>>"


def _row(request: Sent, other: Mapping[Path, Json], names: _Names, stacks: Stacks) -> dict[str, Json]:
    row: dict[str, Json] = {"wait": request.wait} if request.wait else {}
    row |= {"send": f"{request.method} {names.text(request.url.removeprefix(HTTPS))}"}
    if request.body is not None:
        row["body"] = names.versioned(mapped(request.body, names.text))
    if request.type != "application/json":
        row["type"] = request.type
    if literals := dict(_literals(request, stacks)):
        row["literals"] = literals
    if request.status != HTTPStatus.OK:
        row["status"] = request.status
    if request.answer is not None:
        row["answer"] = names.answer(request.answer, other)
        if "error" in row["answer"] and "<<" in row["answer"]["error"].get("message", ""):
            del row["answer"]  # a refusal may name any one of several resources
    return row


def _literals(request: Sent, stacks: Stacks) -> Iterator[tuple[str, str]]:
    """Yield where a literal of the stack stands in the body, and of which argument it is."""
    _, stack, address = request.place
    kind, _, name = address.partition(".")
    body = stacks.get(stack, {}).get("resource", {}).get(kind, {}).get(name)
    if body is None or request.place[0] == _DESTROY or request.body is None:
        return
    taken = dict(_wholes(request.body, opened(body)))
    yield from ((written(at), written(path)) for at, path in taken.items())
    given = [
        (path, value) for path, value in leaves(opened(body)) if value not in (None, "", {}, []) and _is_literal(value)
    ]
    found = [(at, value) for at, value in leaves(request.body) if not any(at[: len(whole)] == whole for whole in taken)]
    for alike in (_same_ending, _same_key, _only):
        for at, value in found:
            if at in taken or not at:
                continue
            matches = [path for path, literal in given if _equal(value, literal) and alike(at, path, value, found)]
            if len(matches) == 1:
                taken[at] = matches[0]
                yield written(at), written(matches[0])


def _wholes(body: Json, argument: Json, at: Path = ()) -> Iterator[tuple[Path, Path]]:
    """Yield where a whole object or list of the body is one of the arguments."""
    texts = {compact(value): path for path, value in _branches(argument)}

    def check(value: Json, at: Path) -> Iterator[tuple[Path, Path]]:
        if not isinstance(value, dict | list) or not value:
            return
        text = compact(value)
        if at and text in texts and _is_literal(text):
            yield at, texts[text]
            return
        for key, below in value.items() if isinstance(value, dict) else enumerate(value):
            yield from check(below, (*at, key))

    yield from check(body, at)


def _branches(value: Json, path: Path = ()) -> Iterator[tuple[Path, Json]]:
    if isinstance(value, dict | list) and value:
        if path:
            yield path, value
        for key, below in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _branches(below, (*path, key))


def _is_literal(value: Json) -> bool:
    return not isinstance(value, str) or ("${" not in value and "%{" not in value)


def _equal(value: Json, given: Json) -> bool:
    if isinstance(value, bool) or isinstance(given, bool):
        return value is given
    return value == given or (isinstance(value, str) and value == str(given))


def _keys(path: Path) -> list[str]:
    return [re.sub("[^a-z0-9]", "", key.lower()) for key in path if isinstance(key, str)]


def _same_ending(at: Path, path: Path, value: Json, found: Sequence[tuple[Path, Json]]) -> bool:
    del value, found
    return (
        _keys(at)[-2:] == _keys(path)[-2:]
        and [key for key in at if isinstance(key, int)][-1:] == [key for key in path if isinstance(key, int)][-1:]
    )


def _same_key(at: Path, path: Path, value: Json, found: Sequence[tuple[Path, Json]]) -> bool:
    del value, found
    return _keys(at)[-1:] == _keys(path)[-1:]


def _only(at: Path, path: Path, value: Json, found: Sequence[tuple[Path, Json]]) -> bool:
    del at, path
    return isinstance(value, str) and len(value) >= _LEAST and sum(other == value for _, other in found) == 1


def described(versions: Mapping[str, str], stacks: Stacks) -> str:
    """Return the document of a recording: its versions, and the arguments of each type that were given."""
    given: dict[str, set[str]] = {}
    for stack in stacks.values():
        for kind, found in stack["resource"].items():
            for body in found.values():
                given.setdefault(kind, set()).update(arguments(body))
    rows = ",\n".join(f" {json.dumps(kind)}: {compact(sorted(found))}" for kind, found in sorted(given.items()))
    return f'{{"versions": {json.dumps(dict(versions))},\n"arguments": {{\n{rows}\n}}}}'
