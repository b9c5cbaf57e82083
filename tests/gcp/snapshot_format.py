"""Snapshot of a Terraform stack: resources and references by construct path, dashboards by what they show."""

import base64
import json
import re
from collections import Counter

from assembly import Stack
from assembly.references import with_addresses
from assembly.terraform import elements
from assembly.values import Json
from tests.stacks.snapshot_yaml import without_usual

_HASH = re.compile(r"\b[0-9A-F]{32}\b")
_SECTIONS = ("provider", "variable", "locals", "ephemeral", "data", "import", "moved", "resource", "output")
_OF_ELEMENTS = ("ephemeral", "data", "resource")
_COORDINATES = {"xPos", "yPos", "width", "height"}
# Of every line of a chart.
_USUAL = {"minAlignmentPeriod": "60s", "plotType": "LINE"}
# How base64 of a JSON object begins.
_ENCODED_OBJECT = "eyJ"


def document(stack: Stack) -> dict[str, Json]:
    """Return all that a stack deploys; left out are hashes of assets, and what CDKTF notes beside each construct."""
    writer = _Writer(stack)
    sections = {section: writer.section(section) for section in _SECTIONS}
    content = {"stack": stack.name, "terraform": writer.plain(stack.template["terraform"]), **sections}
    return {key: value for key, value in content.items() if value}


class _Writer:
    """Writer of one stack."""

    def __init__(self, stack: Stack) -> None:
        self._template = stack.template
        paths = {
            address: str(body.get("//", {}).get("metadata", {}).get("path", address)).removeprefix(f"{stack.name}/")
            for section in _OF_ELEMENTS
            for address, body in elements(stack.template, section)
        }
        counts = Counter(paths.values())
        self._paths = {address: path for address, path in paths.items() if counts[path] == 1}

    def section(self, name: str) -> Json:
        if name not in _OF_ELEMENTS:
            return self.plain(self._template.get(name))
        return dict(sorted(self._element(address, body) for address, body in elements(self._template, name)))

    def _element(self, address: str, body: Json) -> tuple[str, Json]:
        kind = address.split(".")[-2]
        plain = self.plain(body)
        if "dashboard_json" in plain:
            plain["dashboard_json"] = _dashboard(plain["dashboard_json"])
        return f"{self._paths.get(address, address)} ({kind})", plain

    def plain(self, value: Json) -> Json:
        """Return a value with references by path, and JSON in texts as it is meant."""
        match value:
            case dict():
                return {key: self.plain(item) for key, item in value.items() if key != "//"}
            case list():
                return [self.plain(item) for item in value]
            case str():
                return self._text(value)
        return value

    def _text(self, text: str) -> Json:
        if text in self._paths:
            return f"${{{self._paths[text]}}}"
        text = with_addresses(_HASH.sub("<hash>", text), lambda address: self._paths.get(address, address))
        try:
            if text.startswith(_ENCODED_OBJECT):
                return {"base64": self.plain(json.loads(base64.b64decode(text, validate=True)))}
            return self.plain(json.loads(text)) if text.startswith(("{", "[")) else text
        except ValueError:
            return text


def _dashboard(body: Json) -> Json:
    """Return a dashboard's charts by heading and title, without their coordinates."""
    if not isinstance(body, dict):
        return body
    layout = dict(body["mosaicLayout"])
    headings: dict[str, Json] = {}
    for tile in layout.pop("tiles"):
        content = {key: value for key, value in tile.items() if key not in {*_COORDINATES, "widget"}}
        content.update(tile["widget"])
        title = content.pop("title")
        if "sectionHeader" in content:
            below = headings.setdefault(title, content)
        else:
            assert title not in below, f"two charts are called {title}"
            below[title] = _chart(content)
    return {**{key: value for key, value in body.items() if key != "mosaicLayout"}, **layout, **headings}


def _chart(content: dict[str, Json]) -> Json:
    """Return a chart with the query of each line by its legend, and what is not as usual."""
    chart = content.pop("xyChart", {})
    lines = {line["legendTemplate"]: _line(line) for line in chart.pop("dataSets", ())}
    assert not lines.keys() & {*content, *chart}, f"a legend is called as a part of a chart: {[*lines]}"
    return {**lines, **content, **chart}


def _line(line: Json) -> Json:
    content = without_usual({key: value for key, value in line.items() if key != "legendTemplate"}, _USUAL)
    match content:
        case {"timeSeriesQuery": {"prometheusQuery": str(query), **rest}, **others} if not rest and not others:
            return query
    return content
