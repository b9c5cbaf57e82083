"""Schemas of resources, cut to what the embedded Azure serves (``python -m local.azure.arm.packages FOLDER``).

They are read from Microsoft's management packages for Python, which are generated from the published specifications of
its REST APIs. ``local/azure/arm/kinds`` names the model of each kind; ``local/azure/arm/schemas`` keeps these models,
the ones that they refer to, and the version of the package. ``pip download --no-deps azure-mgmt-network`` gets one of
the folder, which has a wheel of each package that a schema names: ``azure-mgmt-storage==25.3.0`` is the version of its
file, and ``azure-mgmt-monitor<7`` the last one with diagnostic settings.
"""

import ast
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from errors import exit_on_error
from local.azure.arm.data import SCHEMAS, kinds

_FILES = ("models/_models.py", "models/_models_py3.py")
_SIMPLE = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "bytes": "string",
    "Any": "any",
    "JSON": "any",
    "object": "any",
    "datetime.datetime": "string",
    "datetime.timedelta": "string",
    "iso-8601": "string",
    "duration": "string",
    "base64": "string",
}
_OPTIONAL = re.compile(r"Optional\[(.*)\]")
_LISTED = re.compile(r"(?:list|List)\[(.*)\]|\[(.*)\]")
_MAPPED = re.compile(r"(?:dict|Dict)\[str, (.*)\]|\{(.*)\}")

Models = Mapping[str, Mapping[str, Any]]


def main(
    packages: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Folder of wheels of azure-mgmt-*.")],
) -> None:
    """Write the models in use."""
    with exit_on_error():
        wanted: dict[str, dict[str, str]] = {}
        for kind in kinds().values():
            package, _, model = kind.model.rpartition(".")
            if package:
                wanted.setdefault(package, {})[kind.key] = model
        for package, of_kinds in sorted(wanted.items()):
            name, _, folder = package.partition(".")
            (wheel,) = packages.glob(f"azure_mgmt_{name}-*.whl")
            content = cut(models(wheel, folder), of_kinds)
            content = {"package": f"azure-mgmt-{name}", "version": wheel.name.split("-")[1], **content}
            text = json.dumps(content, separators=(",", ":"), sort_keys=True)
            (SCHEMAS / f"{package}.json").write_text(text + "\n")
            print(f"{package}: {len(of_kinds)} kinds, {len(content['models'])} models, {len(text)} bytes")


def cut(found: Models, of_kinds: Mapping[str, str]) -> dict[str, Any]:
    """Return the models of some kinds, with all that they refer to."""
    kept: dict[str, Any] = {}
    waiting = list(of_kinds.values())
    while waiting:
        name = waiting.pop()
        if name not in kept:
            kept[name] = found.get(name, {})
            waiting += _references(kept[name])
    return {"kinds": dict(of_kinds), "models": kept}


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if isinstance(value.get("model"), str):
            yield value["model"]
        for below in value.values():
            yield from _references(below)


def models(wheel: Path, folder: str) -> Models:
    """Return all models of a package: the rows of their properties by the names that requests have.

    Args:
        wheel: of the package.
        folder: of an API's version, where the package has several; empty where it has one.
    """
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.endswith(_FILES) and f"/{folder}" in name]
        names = [name for name in names if "/aio/" not in name]
        (source,) = [name for name in names if not folder or f"/{folder}/" in name]
        tree = ast.parse(archive.read(source))
        enums = _enums(archive, source.rpartition("/")[0])
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    found: dict[str, dict[str, Any]] = {}
    for name in classes:
        for key, row in _properties(name, classes, enums):
            # Older packages have the path of a property: ``properties.nameServers``.
            above, dot, below = key.partition(".")
            if dot:
                found.setdefault(name, {})[above] = {"model": f"{name}.{above}"}
                found.setdefault(f"{name}.{above}", {})[below] = row
            else:
                found.setdefault(name, {})[key] = row
    for node in classes.values():
        # A property of a base model tells which of its variants a value is: the base has the properties of all.
        if any(each.arg == "discriminator" for each in node.keywords):
            base = ast.unparse(node.bases[0]).removeprefix("_models.")
            found[base] = {**found[node.name], **found[base]}
    return found


def _enums(archive: zipfile.ZipFile, folder: str) -> Mapping[str, list[str]]:
    """Return the values of each enumeration of a package."""
    found: dict[str, list[str]] = {}
    for name in archive.namelist():
        if name.startswith(f"{folder}/_") and name.endswith("enums.py"):
            for node in ast.parse(archive.read(name)).body:
                if isinstance(node, ast.ClassDef):
                    values = (line.value for line in node.body if isinstance(line, ast.Assign))
                    found[node.name] = [str(each.value) for each in values if isinstance(each, ast.Constant)]
    return found


def _properties(
    name: str, classes: Mapping[str, ast.ClassDef], enums: Mapping[str, list[str]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the properties of a model, inherited ones first."""
    node = classes[name]
    for base in node.bases:
        text = ast.unparse(base).removeprefix("_models.")
        if text in classes:
            yield from _properties(text, classes, enums)
    literals = {
        line.targets[0].id: ast.literal_eval(line.value)
        for line in node.body
        if isinstance(line, ast.Assign)
        and isinstance(line.targets[0], ast.Name)
        and line.targets[0].id in {"_validation", "_attribute_map"}
    }
    described = ast.get_docstring(node) or ""
    for attribute, row in literals.get("_attribute_map", {}).items():
        read_only = literals.get("_validation", {}).get(attribute, {}).get("readonly", False)
        yield row["key"], _row(row["type"], enums, read_only, _known(attribute, described, enums))
    for line in node.body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.value, ast.Call) and isinstance(line.target, ast.Name):
            options = {each.arg: ast.literal_eval(each.value) for each in line.value.keywords if each.arg in _OPTIONS}
            row = _row(ast.unparse(line.annotation), enums, options.get("visibility") == ["read"], [])
            unread = "read" not in options.get("visibility", ["read"])
            yield options.get("name", line.target.id), row | ({"writeOnly": True} if unread else {})


_OPTIONS = ("name", "visibility")


def _known(attribute: str, described: str, enums: Mapping[str, list[str]]) -> list[str]:
    """Return the values that the docstring of an older model names for an attribute."""
    match = re.search(rf":vartype {attribute}: str or\s+~[\w.]*?(\w+)$", described, re.MULTILINE)
    return enums.get(match[1], []) if match else []


def _row(text: str, enums: Mapping[str, list[str]], read_only: bool, values: list[str]) -> dict[str, Any]:
    row = _type(text, enums)
    if values:
        row["enum"] = values
    return row | ({"readOnly": True} if read_only else {})


def _type(text: str, enums: Mapping[str, list[str]]) -> dict[str, Any]:
    text = text.strip("'\"")
    if match := _OPTIONAL.fullmatch(text):
        return _type(match[1], enums)
    if match := _LISTED.fullmatch(text):
        return {"items": _type(match[1] or match[2], enums)}
    if match := _MAPPED.fullmatch(text):
        return {"values": _type(match[1] or match[2], enums)}
    if text in _SIMPLE:
        return {"type": _SIMPLE[text]}
    if text.startswith(("Union[", "Literal[")):
        name = re.findall(r"_models\.(\w+)", text)
        return {"type": "string", **({"enum": enums[name[0]]} if name and name[0] in enums else {})}
    return {"model": text.removeprefix("_models.")}


if __name__ == "__main__":
    typer.run(main)
