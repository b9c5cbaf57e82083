"""Discovery documents of Google's APIs, cut to what the embedded Google Cloud serves (``python -m tools.google_apis``).

The documents are bundled with google-api-python-client. ``local/gcp/rest/kinds`` names the resources, and the
methods beside the usual ones; ``local/gcp/rest/discovery`` keeps these methods, the schemas that they refer to, and the
revision of the document.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from errors import exit_on_error
from local.gcp.rest.data import DISCOVERY, USUAL_METHODS, Kind, kinds

_READ_ONLY = re.compile(r"\[?output[ -]only", re.IGNORECASE)
# Not "Required if" and "Required for".
_REQUIRED = re.compile(r"required[.:]|\[required\]", re.IGNORECASE)
_KEPT = (
    "$ref",
    "additionalProperties",
    "enum",
    "format",
    "items",
    "location",
    "pattern",
    "readOnly",
    "repeated",
    "type",
)


def main(
    documents: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Folder of discovery documents.")],
) -> None:
    """Write the methods and schemas in use."""
    with exit_on_error():
        for name in sorted({kind.document for kind in kinds()}):
            document = json.loads((documents / f"{name}.json").read_text())
            content = cut(document, [kind for kind in kinds() if kind.document == name])
            text = json.dumps(content, separators=(",", ":"), sort_keys=True)
            (DISCOVERY / f"{name}.json").write_text(text + "\n")
            print(f"{name}: {len(content['methods'])} methods, {len(content['schemas'])} schemas, {len(text)} bytes")


def cut(document: Mapping[str, Any], kinds_of_document: Iterable[Kind]) -> dict[str, Any]:
    """Return the part of a document that some kinds of resource need."""
    methods = {
        method["id"]: _method(document, method) for kind in kinds_of_document for method in _methods(document, kind)
    }
    names = {method[key] for method in methods.values() for key in ("request", "response") if key in method}
    return {
        "host": document["rootUrl"].removeprefix("https://").rstrip("/"),
        "methods": methods,
        "revision": document["revision"],
        "schemas": {name: _schema(document["schemas"][name]) for name in sorted(closure(document["schemas"], names))},
        "version": document["version"],
    }


def closure(schemas: Mapping[str, Any], names: Iterable[str]) -> set[str]:
    """Return schemas with all that they refer to."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _references(schemas[name])
    return found


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for below in value.values():
            yield from _references(below)


def _methods(document: Mapping[str, Any], kind: Kind) -> Iterator[Mapping[str, Any]]:
    resource: Mapping[str, Any] = document
    for part in kind.resource.split("."):
        resource = resource["resources"][part]
    known = resource["methods"]
    yield from (known[name] for name in kind.methods or sorted(USUAL_METHODS & known.keys()))
    yield from (known[name] for name in (*kind.also, *kind.actions))


def _method(document: Mapping[str, Any], method: Mapping[str, Any]) -> dict[str, Any]:
    kept = {
        "path": document["servicePath"] + method.get("flatPath", method["path"]),
        "parameters": {name: _property(content) for name, content in method.get("parameters", {}).items()},
        "verb": method["httpMethod"],
    }
    return kept | {key: method[key]["$ref"] for key in ("request", "response") if key in method}


def _schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    kept = _property(schema)
    # The value of ``kind`` stands as its default.
    if kind := schema.get("properties", {}).get("kind", {}).get("default"):
        kept["kind"] = kind
    return kept


def _property(content: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: content[key] for key in _KEPT if key in content}
    for key in ("items", "additionalProperties"):
        if key in kept:
            kept[key] = _property(kept[key])
    if "properties" in content:
        kept["properties"] = {name: _property(below) for name, below in content["properties"].items()}
    description = content.get("description", "")
    if _READ_ONLY.match(description):
        kept["readOnly"] = True
    if content.get("deprecated"):
        return kept
    if required := content.get("annotations", {}).get("required"):
        kept["required"] = required
    elif content.get("required") or _REQUIRED.match(description):
        kept["required"] = True
    return kept


if __name__ == "__main__":
    typer.run(main)
