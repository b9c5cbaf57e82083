"""Forms of Google's APIs: in which words they refuse what every API refuses."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from local.gcp.rest.calls import Call, Place
from local.gcp.rest.errors import Refusal

_FILE = Path(__file__).with_name("forms.yaml")


@dataclass(frozen=True, kw_only=True)
class Form:
    """A row of ``forms.yaml``.

    Attributes:
        style: of errors, as :meth:`local.gcp.rest.errors.Refusal.response` takes it.
        short_names: resources have the last part of their name as ``name``.
        absent: the resource is not there.
        present: a resource of the name is there.
        stale: the resource was changed since the caller has read it.
    """

    style: str
    short_names: bool
    absent: Mapping[str, Any]
    present: Mapping[str, Any]
    stale: Mapping[str, Any]


@cache
def forms() -> Mapping[str, Form]:
    """Return the forms by name."""
    return {name: Form(**row) for name, row in yaml.safe_load(_FILE.read_text()).items()}


def form(call: Call) -> Form:
    """Return the form of the API that a call asks."""
    return forms()[call.method.kind.form]


def absent(call: Call) -> Refusal:
    """Return the refusal of a resource that is not there."""
    return _refusal(call, call.method.kind.absent or form(call).absent)


def present(call: Call) -> Refusal:
    """Return the refusal to make a resource that is there."""
    return _refusal(call, form(call).present)


def stale(call: Call, version: str) -> Refusal:
    """Return the refusal to change a resource that was changed since the caller has read it."""
    return _refusal(call, form(call).stale, version=version)


def _refusal(call: Call, row: Mapping[str, Any], **values: str) -> Refusal:
    kind = call.method.kind.resource.rpartition(".")[2].removesuffix("s")
    return Refusal(**Place(call.name, call.cloud).fill(row, kind=kind, **values))


def self_link(call: Call, name: str) -> str:
    """Return the URL of a resource in its API."""
    document = call.method.document
    return f"https://{document.link_host}/{document.prefix}{name}"
