"""Kinds of resource that the embedded Google Cloud knows: one file of ``kinds/`` for each API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

KINDS = Path(__file__).with_name("kinds")
DISCOVERY = Path(__file__).with_name("discovery")
USUAL_METHODS = frozenset({
    "create", "delete", "get", "getIamPolicy", "insert", "list", "patch", "setIamPolicy", "testIamPermissions", "update"
})  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of resource, with what no discovery document says of it.

    Attributes:
        document: its discovery document, such as ``compute.v1``.
        form: how its API answers errors and operations; one of :mod:`local.gcp.rest.forms`.
        resource: its path in the document, such as ``projects.locations.keyRings``.
        methods: all that are served; the usual ones that the document has where it is empty.
        also: methods beside the usual ones.
        id: how a new resource gets its name where the query has none: ``generated``, ``uuid``, or a text with fields of
            the body in braces.
        defaults: values that the API fills in where a request leaves them out; ``*`` stands for each item of a list.
        outputs: values that only the API sets, with the names of :class:`local.gcp.rest.resources.Place` in braces.
        optional: fields that the document calls required though the API does not ask for them.
        required: fields that the API asks for in a POST though the document does not call them required.
        actions: methods that only set values, by their last parts: ``disable: {disabled: true}``.
        absent: code and message of the refusal where there is no such resource, if they are not the form's.
        type: name of the resource's message in protocol buffers, which operations of its API give.
        polls: how often an operation on it is asked before it is done.
    """

    document: str
    form: str
    resource: str
    methods: Sequence[str] = ()
    also: Sequence[str] = ()
    id: str = "{name}"
    defaults: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    optional: Sequence[str] = ()
    required: Sequence[str] = ()
    actions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)
    type: str = "Resource"
    polls: int = 0


@cache
def kinds() -> Sequence[Kind]:
    """Return all kinds, by file and as they stand there."""
    return [
        Kind(document=file["document"], form=file["form"], resource=resource, **(content or {}))
        for path in sorted(KINDS.glob("*.yaml"))
        for file in yaml.safe_load_all(path.read_text())
        for resource, content in file["kinds"].items()
    ]
