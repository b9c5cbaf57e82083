"""Refreshes assembly/provider_facts from a folder of complete facts (``python -m tools.provider_facts FROM``).

The folder holds ``<provider>.json``, the schemas, and ``validators/<provider>.json``, what the providers' code accepts
of each argument. What ``checked.yaml`` holds was read by hand, and goes before what a program found by probing.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from assembly import open_assembly
from assembly.provider_facts import FOLDER
from assembly.synth_cache import assembly_of, terraform_clouds
from assembly.values import Json
from errors import exit_on_error

CHECKED = Path(__file__).with_name("checked.yaml")
_COPIED = ("provider", "version", "source_tag", "source_commit", "keys")
_RULES = ("length", "range", "pattern", "conflicts_with", "exactly_one_of", "at_least_one_of", "required_with")
# Which probes failed, but not what is accepted.
_UNCLEAR = ("form", "refuses")


def main(
    source: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Folder of complete facts.")],
) -> None:
    """Write the rows of the types and arguments in use."""
    with exit_on_error():
        arguments: dict[str, set[str]] = {}
        for cloud in terraform_clouds(None):
            for resource in open_assembly(assembly_of(None, cloud)).resources.values():
                arguments.setdefault(resource.type, set()).update(paths(resource.body))
    checked = checked_rules()
    FOLDER.mkdir(exist_ok=True)
    known: set[str] = set()
    for path in sorted(source.glob("*.json")):
        content = json.loads(path.read_text())
        validators = _validators(source / "validators" / path.name, content["version"])
        types = {
            kind: content["types"].get(kind) or _schema(validators[kind])
            for kind in sorted(arguments)
            if kind in content["types"] or kind in validators
        }
        for kind, row in types.items():
            row.setdefault("optional_computed", _marked(validators.get(kind, {}), "computed"))
            row["rules"] = _rules(kind, validators.get(kind, {}), arguments[kind], checked)
        known |= types.keys()
        if types:
            kept = {key: content[key] for key in _COPIED} | {"types": types}
            (FOLDER / path.name).write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
    for kind in sorted(arguments.keys() - known):
        print(f"{kind}: {source} knows nothing of it")
    print(f"{len(known)} of {len(arguments)} types in {FOLDER}")


def paths(body: Json, path: str = "") -> Iterator[str]:
    """Yield the path of each argument and block of a resource, without indexes."""
    if isinstance(body, Mapping):
        for key, value in body.items():
            below = f"{path}.{key}" if path else key
            yield below
            yield from paths(value, below)
    elif isinstance(body, list):
        for item in body:
            yield from paths(item, path)


def checked_rules() -> Mapping[str, Mapping[str, Any]]:
    """Return the rules that were read by hand, by type and path: ``google_redis_instance.name``."""
    return {
        argument: {**entry["rules"], "checked": entry["source"]}
        for entry in yaml.safe_load(CHECKED.read_text())
        for argument in entry["arguments"]
    }


def _validators(file: Path, version: str) -> Mapping[str, Mapping[str, Any]]:
    if not file.exists():
        return {}
    content = json.loads(file.read_text())
    if content["version"] != version:
        raise SystemExit(f"{file}: version: {content['version']} (expected {version}, as of the schemas)")
    types: Mapping[str, Mapping[str, Any]] = content["types"]
    return types


def _schema(validators: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the validators' rows say of a type whose schema is not among the facts."""
    return {key: _marked(validators, key) for key in ("required", "force_new")} | {
        "enums": {path: row["one_of"] for path, row in sorted(validators.items()) if "one_of" in row}
    }


def _marked(validators: Mapping[str, Any], key: str) -> list[str]:
    return sorted(path for path, row in validators.items() if row.get(key))


def _rules(
    kind: str, validators: Mapping[str, Any], used: Collection[str], checked: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    rules = {}
    for path in sorted(used):
        row = validators.get(path, {})
        found: dict[str, Any] = {key: row[key] for key in _RULES if key in row}
        least, most = row.get("min_items"), row.get("max_items")
        # Terraform itself refuses a second block where one is allowed.
        if least is not None or (most or 1) > 1:
            found["items"] = [least, most]
        if argument := checked.get(f"{kind}.{path}"):
            found = dict(argument)
        elif unclear := [key for key in _UNCLEAR if key in row]:
            print(f"{kind}.{path}: {' and '.join(unclear)} is unclear: read the provider's source into {CHECKED.name}")
        if found:
            rules[path] = found | ({"secret": True} if row.get("sensitive") or row.get("write_only") else {})
    return rules


if __name__ == "__main__":
    typer.run(main)
