"""``python -m tests.review.draw AWS GCP``: draws edits of two synthesized folders, and writes them to a file.

A type's chance grows with the logarithm of the number of its resources. Then a resource is drawn, a kind, and a setting
step by step from the outermost. The labels that the file holds stay with their edits.
"""

import json
import math
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count, product
from pathlib import Path
from typing import Any

import yaml

from assembly import Assembly, Resource
from assembly.reader import open_assembly
from assembly.values import Json
from tests.review.argument_types import absent, required
from tests.review.choice import ORDER, Choice, descent
from tests.review.edits import JSON, Edit, Kind, Step, applied, at_path, find, is_expression, settings
from tests.review.other_values import LONG, OtherValues

FILE = Path(__file__).parent / "drawn_edits.yaml"
SEED = "drawn edits"
OF_EACH_CLOUD = 75
_ATTEMPTS = 60
_CHANCES = {
    Kind.CHANGED: 10,
    Kind.TAKEN_OUT: 4,
    Kind.ADDED: 6,
    Kind.ITEM_ADDED: 2,
    Kind.ITEM_REMOVED: 2,
    Kind.RESOURCE_REMOVED: 1,
}
# Of a setting that is a block, where a plain one is 1.
_CHANCE_OF_BLOCK = 0.2
_HEADER = """\
# Written by `python -m tests.review.draw AWS GCP`; labels and reasons by hand, from the clouds' documentation and not
# from what the review says.
#
# danger:   data lost, something exposed, an outage, nobody paged, money, a protection gone, a lock-out.
# M:        a promise is weaker, or an update fails before it does harm; a reviewer should see it.
# harmless: no yes is needed.
#
# What the cloud may refuse is labelled by what it would do; M where the cloud certainly refuses it, with nothing
# changed. In dev an outage or lost data is M; exposure, rights and money are danger there, too."""
_Place = tuple[tuple[Step, ...], Json]


def draw(assemblies: Mapping[str, Assembly], seed: str = SEED) -> list[Edit]:
    """Return the edits of each cloud's assembly."""
    found: dict[str, Edit] = {}
    for cloud, assembly in assemblies.items():
        by_type: dict[str, dict[str, Resource]] = defaultdict(dict)
        for resource in assembly.resources.values():
            by_type[resource.type][str(resource)] = resource
        weights = {kind: 1 + math.log2(len(resources)) for kind, resources in by_type.items()}
        for number in range(OF_EACH_CLOUD):
            edit = next(
                edit
                for choice in _choices(seed, f"{cloud}/{number}")
                for of_type in [by_type[choice.one("type", by_type, weights)]]
                for edit in attempts(choice, of_type[choice.one("resource", of_type)], assembly)
                if _alike(edit) not in found
            )
            found[_alike(edit)] = edit
    return list(found.values())


def _choices(seed: str, slot: str) -> Iterator[Choice]:
    """Yield the slot's choices; the next ones where the resource of those before has nothing left to edit."""
    yield Choice(seed, slot)
    yield from (Choice(seed, f"{slot}/{turn}") for turn in count(1))


def _alike(edit: Edit) -> str:
    """Return what no two drawn edits have in common: the same setting of a type is not edited twice in the same way."""
    return json.dumps([edit.type, edit.kind, [step for step in edit.path if isinstance(step, str)]])


def attempts(choice: Choice, resource: Resource, assembly: Assembly) -> Iterator[Edit]:
    body = settings(resource)
    others = OtherValues(choice, resource, assembly)
    kinds = sorted(_CHANCES, key=lambda kind: choice.place("kind", kind, _CHANCES[kind]))
    for kind, attempt in product(kinds, range(_ATTEMPTS)):
        places = list(descent(choice, str(attempt), body))
        for path, value in _EDITS[kind](choice, resource, places, others):
            edit = Edit(resource.stack, resource.path, resource.type, kind, path, value)
            try:
                applied(body, edit)
            except LookupError:
                continue
            yield edit


def _changed(_: Choice, __: Resource, places: list[_Place], others: OtherValues) -> Iterator[_Place]:
    leaf, value = places[-1]
    if leaf[0] not in ORDER and leaf[-1] != "Key":
        yield from ((leaf, new) for new in others.of(leaf, value))


def _taken_out(choice: Choice, resource: Resource, places: list[_Place], _: OtherValues) -> Iterator[_Place]:
    path = choice.one(f"depth {len(places)}", [path for path, _ in places[1:]])
    if isinstance(path[-1], str) and path[-1] != JSON and not required(resource.type, path):
        yield path, None


def _added(choice: Choice, resource: Resource, places: list[_Place], others: OtherValues) -> Iterator[_Place]:
    for path, block in places:
        if isinstance(block, dict) and not is_expression(block):
            values_of = dict(absent(resource.type, path, block)) | others.set_elsewhere(path, block)
            weights = {
                name: _CHANCE_OF_BLOCK if isinstance(values[0], dict | list) else 1
                for name, values in values_of.items()
            }
            if weights:
                name = choice.one("added", weights, weights)
                yield (*path, name), choice.one("value", values_of[name])


def _item_added(_: Choice, __: Resource, places: list[_Place], others: OtherValues) -> Iterator[_Place]:
    for path, items in reversed(places):
        if isinstance(items, list) and items and path[0] not in ORDER:
            yield from ((path, new) for new in others.item(path, items))


def _item_removed(_: Choice, __: Resource, places: list[_Place], ___: OtherValues) -> Iterator[_Place]:
    yield from ((path, None) for path, _ in reversed(places) if path and not isinstance(path[-1], str))


def _resource_removed(_: Choice, __: Resource, ___: list[_Place], ____: OtherValues) -> Iterator[_Place]:
    yield (), None


_EDITS: Mapping[Kind, Callable[[Choice, Resource, list[_Place], OtherValues], Iterator[_Place]]] = {
    Kind.CHANGED: _changed,
    Kind.TAKEN_OUT: _taken_out,
    Kind.ADDED: _added,
    Kind.ITEM_ADDED: _item_added,
    Kind.ITEM_REMOVED: _item_removed,
    Kind.RESOURCE_REMOVED: _resource_removed,
}


def read() -> list[dict[str, Any]]:
    """Return the edits of the file, each with its label and reason."""
    rows: list[dict[str, Any]] = yaml.safe_load(FILE.read_text())
    return rows


def edit_of(row: Mapping[str, Any]) -> Edit:
    """Return what a row of the file does."""
    return Edit(
        row["stack"], row["construct"], row["type"], Kind(row["kind"]), tuple(row.get("path", ())), row.get("value")
    )


def written(edits: Iterable[Edit], assemblies: Mapping[str, Assembly], labels: Mapping[str, Mapping[str, str]]) -> str:
    """Return the text of the file."""
    stacks = {name: stack for assembly in assemblies.values() for name, stack in assembly.stacks.items()}
    lines = [_HEADER]
    for edit in edits:
        body = find(stacks[edit.stack], edit).body
        label = labels.get(edit.name, {"label": "", "reason": ""})
        lines += [f"- stack: {edit.stack}", f"  construct: {_quoted(edit.construct)}", f"  type: {edit.type}"]
        lines += [f"  kind: {edit.kind}"]
        if edit.path:
            lines += [f"  path: {_quoted(list(edit.path))}"]
        if edit.path and edit.kind not in {Kind.ADDED, Kind.ITEM_ADDED}:
            was = _quoted(at_path(body, edit.path))
            if len(was) <= LONG:
                lines += [f"  was: {was}"]
        if edit.value is not None:
            lines += [f"  value: {_quoted(edit.value)}"]
        lines += [f"  label: {label['label']}", f"  reason: {_quoted(label['reason'])}"]
    return "\n".join(lines) + "\n"


def _quoted(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


def main(aws: str, gcp: str) -> None:
    assemblies = {"aws": open_assembly(Path(aws)), "gcp": open_assembly(Path(gcp))}
    labels = {edit_of(row).name: row for row in read()} if FILE.exists() else {}
    FILE.write_text(written(draw(assemblies), assemblies, labels))


if __name__ == "__main__":
    main(*sys.argv[1:])
