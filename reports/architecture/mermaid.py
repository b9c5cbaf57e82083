"""Writes boxes and arrows as a Mermaid flowchart, which GitHub draws."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from reports.architecture.arrows import Arrow
from reports.architecture.boxes import Box

# Outlines only: what is inside has to be read on a light page and on a dark one.
_OUTLINES = {
    "edge": "#8c4fff",
    "compute": "#ed7100",
    "data": "#3b82f6",
    "keys": "#dd344c",
    "watching": "#e7157b",
}
_CLIENT_ENDPOINTS = {"Route 53": "DNS", "CloudFront": "HTTPS"}
_SHAPES = {"data": ("[(", ")]")}


def flowchart(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> str:
    """Return the whole chart: a frame for each region, in it one for each stack."""
    return "\n".join(_lines(boxes, arrows)) + "\n"


def _lines(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> Iterator[str]:
    yield "flowchart LR"
    yield '  clients(["clients"])'
    for region, inside in groupby(sorted(boxes, key=_region), _region):
        yield f'  subgraph {_identifier(region)}["{region}"]'
        stacks = list(inside)
        for stack in dict.fromkeys(box.stack for box in stacks):
            yield f'    subgraph {_identifier("stack " + stack)}["{stack}"]'
            for box in stacks:
                if box.stack == stack:
                    yield f"      {_box(box)}"
            yield "    end"
        yield "  end"
    for box in boxes:
        if text := _CLIENT_ENDPOINTS.get(box.lines[0]):
            yield f"  clients -->|{text}| {_identifier(box.key)}"
    for arrow in _merged(arrows):
        text = f"|{arrow.text}| " if arrow.text else ""
        yield f"  {_identifier(arrow.start)} -->{text}{_identifier(arrow.end)}"
    for kind, color in _OUTLINES.items():
        members = [_identifier(box.key) for box in boxes if box.kind == kind]
        if members:
            yield f"  classDef {kind} stroke:{color},stroke-width:2px"
            yield f"  class {','.join(members)} {kind}"


def _region(box: Box) -> str:
    return box.region


def _box(box: Box) -> str:
    begin, end = _SHAPES.get(box.kind, ("[", "]"))
    return f'{_identifier(box.key)}{begin}"{"<br>".join(box.lines)}"{end}'


def _merged(arrows: Sequence[Arrow]) -> Iterator[Arrow]:
    """Yield one arrow between two boxes, with all reasons for it."""
    between: dict[tuple[str, str], list[str]] = {}
    for arrow in arrows:
        texts = between.setdefault((arrow.start, arrow.end), [])
        if arrow.text and arrow.text not in texts:
            texts.append(arrow.text)
    for (start, end), texts in between.items():
        yield Arrow(start, end, ", ".join(texts))


def _identifier(key: str) -> str:
    return re.sub(r"\W+", "_", key)
