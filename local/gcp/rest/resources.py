"""Resources of all APIs, as they are stored and answered.

A resource is stored as two parts: what its callers sent, and what only the API sets. An answer is the first over the
kind's defaults, the second over both.
"""

import base64
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local.gcp.rest import forms
from local.gcp.rest.calls import Call, Place, digest
from local.gcp.rest.discovery import methods_of
from local.proxy.values import merge, with_defaults

_CREATED = ("createTime", "creationTime", "creationTimestamp", "timeCreated")
# Values by which a writer shows which version it has read.
VERSIONS = ("etag", "fingerprint", "labelFingerprint")


@dataclass(frozen=True)
class Resource:
    """A resource as its computed values see it.

    Attributes:
        place: its name.
        body: what its callers sent, over the defaults.
        outputs: what was computed before.
    """

    place: Place
    body: Mapping[str, Any]
    outputs: Mapping[str, Any]


Compute = Callable[[Resource], Mapping[str, Any]]
Rewrite = Callable[[dict[str, Any]], dict[str, Any]]
_COMPUTED: dict[str, Compute] = {}
_REWRITTEN: dict[str, Rewrite] = {}


def computes(*kinds: str) -> Callable[[Compute], Compute]:
    """Make a function compute output-only values of kinds, such as ``compute.networks``, whenever one is written."""

    def register(function: Compute) -> Compute:
        _COMPUTED.update(dict.fromkeys(kinds, function))
        return function

    return register


def rewrites(*kinds: str) -> Callable[[Rewrite], Rewrite]:
    """Make a function change what the API answers of kinds."""

    def register(function: Rewrite) -> Rewrite:
        _REWRITTEN.update(dict.fromkeys(kinds, function))
        return function

    return register


def schema_of(call: Call) -> Mapping[str, Any]:
    """Return the schema of the kind of resource that a call is about."""
    found = methods_of(call.method.document, call.method.kind)
    return (found.get("get") or found.get("list") or call.method).response


def read(call: Call) -> dict[str, Any]:
    """Return a resource as the API answers it.

    Raises:
        Refusal: there is none of the name.
    """
    stored = call.documents.get(call.name)
    if stored is None:
        raise forms.absent(call)
    return view(call, stored)


def view(call: Call, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored resource as the API answers it."""
    kind = call.method.kind
    defaults = Place(call.name, call.cloud).fill(kind.defaults)
    shown = merge(with_defaults(defaults, stored["body"]), stored["outputs"])
    rewrite = _REWRITTEN.get(kind_name(call))
    return rewrite(shown) if rewrite else shown


def write(call: Call, body: Mapping[str, Any]) -> dict[str, Any]:
    """Store what a resource shall be, and return it as the API answers it."""
    kind, place = call.method.kind, Place(call.name, call.cloud)
    stored = call.documents.get(call.name)
    before = stored["outputs"] if stored else {}
    kept = {key: value for key, value in body.items() if key not in VERSIONS}
    complete = with_defaults(place.fill(kind.defaults), kept)
    outputs = merge(before, _usual_outputs(call, kept, before))
    outputs = merge(outputs, place.fill(kind.outputs, body=complete))
    compute = _COMPUTED.get(kind_name(call))
    if compute:
        outputs = merge(outputs, compute(Resource(place, complete, before)))
    call.documents.put(call.name, {"body": kept, "outputs": outputs})
    return view(call, {"body": kept, "outputs": outputs})


def version(content: Mapping[str, Any]) -> str:
    """Return the version of a content, as an etag or a fingerprint."""
    return base64.b64encode(bytes.fromhex(digest(json.dumps(content, sort_keys=True)))[:12]).decode()


def kind_name(call: Call) -> str:
    """Return the name of a kind, without the collections that hold it: ``cloudkms.cryptoKeys``."""
    return f"{call.api}.{call.method.kind.resource.rpartition('.')[2]}"


def _usual_outputs(call: Call, body: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the output-only values that many kinds have, by the fields of the schema."""
    place, now = Place(call.name, call.cloud), call.cloud.now()
    properties = schema_of(call).get("properties", {})
    labels = {key: body[key] for key in ("labels", "resourceLabels") if key in body}
    found: dict[str, Any] = {key: version(body) for key in VERSIONS if key in properties}
    found |= {key: version(labels) for key in ("labelFingerprint",) if key in properties}
    found |= {key: now for key in ("updateTime", "updated") if key in properties}
    found |= {key: now for key in _CREATED if key in properties and key not in before}
    found |= {key: str(uuid.uuid4()) for key in ("uid",) if key in properties and key not in before}
    if properties.get("id", {}).get("format") == "uint64":
        found["id"] = place.digits
    if kind := schema_of(call).get("kind"):
        found["kind"] = kind
    if "name" in properties:
        found["name"] = place.short if forms.form(call).short_names else call.name
    if "selfLink" in properties:
        found["selfLink"] = forms.self_link(call, call.name)
    return found
