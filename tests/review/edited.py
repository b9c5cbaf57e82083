"""Copies of synthesized stacks with edits in them, and what the review says of each edit."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assembly import Assembly, Resource
from assembly.reader import open_assembly
from assembly.values import Json
from review.compare.clouds import compare
from review.judge.dangers import dangers
from review.model.change import Change
from review.model.danger import Allowance, Danger
from tests.review.edits import Edit, Kind, applied, find, settings


@dataclass(frozen=True)
class Said:
    """Answer of the review to edits that are made together in one stack."""

    changes: Sequence[Change]
    dangers: Sequence[Danger]

    @property
    def needs_a_yes(self) -> bool:
        """True where anything of it needs a trailer."""
        return bool(self.dangers)

    @property
    def is_dangerous(self) -> bool:
        """True where a row says that it is a danger, not only that nothing is known of it."""
        return any(danger.allowance is not Allowance.UNJUDGED for danger in self.dangers)


def said_of(folder: Path, cases: Sequence[Sequence[Edit]], scratch: Path) -> list[Said]:
    """Return what the review says of each case, whose edits are made together, and alone in their stack.

    An edit without a construct is of the stack's template; one that adds something without a path adds the resource.

    Args:
        folder: what a CLI wrote.
        cases: edits of one stack each.
        scratch: an empty folder.
    """
    assembly = open_assembly(folder)
    found: dict[int, Said] = {}
    for turn, of_turn in enumerate(_turns(cases)):
        sides = [scratch / f"{turn}-{side}" for side in ("before", "after")]
        for side, is_after in zip(sides, (False, True), strict=True):
            side.mkdir()
            _write(
                folder, assembly, side, {stack: cases[number] if is_after else () for stack, number in of_turn.items()}
            )
        difference = compare(*sides)
        all_dangers = dangers(difference)
        for stack, number in of_turn.items():
            found[number] = Said(
                [change for change in difference.changes if change.resource.stack == stack],
                [danger for danger in all_dangers if danger.change.resource.stack == stack],
            )
    return [found[number] for number in range(len(cases))]


def _turns(cases: Sequence[Sequence[Edit]]) -> Iterator[dict[str, int]]:
    """Yield the numbers of cases in different stacks, by stack."""
    waiting: dict[str, list[int]] = defaultdict(list)
    for number, edits in enumerate(cases):
        waiting[edits[0].stack].append(number)
    while waiting:
        yield {stack: numbers.pop(0) for stack, numbers in waiting.items()}
        waiting = defaultdict(list, {stack: numbers for stack, numbers in waiting.items() if numbers})


def _write(folder: Path, assembly: Assembly, target: Path, stacks: Mapping[str, Sequence[Edit]]) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    templates = {name: template_after(assembly, name, edits) for name, edits in stacks.items()}
    if "artifacts" in manifest:
        manifest["artifacts"] = {
            name: _write_cdk(folder, target, manifest["artifacts"][name], template)
            for name, template in templates.items()
        }
    else:
        manifest["stacks"] = {name: _write_cdktf(target, name, template) for name, template in templates.items()}
    (target / "manifest.json").write_text(json.dumps(manifest))


def _write_cdk(folder: Path, target: Path, artifact: Json, template: Json) -> Json:
    artifact = json.loads(json.dumps(artifact))
    # It names the template by what is in it.
    del artifact["properties"]["stackTemplateAssetObjectUrl"]
    metadata = artifact["additionalMetadataFile"]
    (target / metadata).write_bytes((folder / metadata).read_bytes())
    (target / artifact["properties"]["templateFile"]).write_text(json.dumps(template))
    return artifact


def _write_cdktf(target: Path, name: str, template: Json) -> Json:
    file = f"{name}.tf.json"
    (target / file).write_text(json.dumps(template))
    return {"name": name, "synthesizedStackPath": file}


def template_after(assembly: Assembly, name: str, edits: Sequence[Edit]) -> Json:
    """Return the template of a stack after edits."""
    stack = assembly.stacks[name]
    template = json.loads(json.dumps(stack.template))
    for edit in edits:
        if not edit.construct:
            template = applied(template, edit)
        elif edit.kind is Kind.ADDED and not edit.path:
            comment = {"//": {"metadata": {"path": f"{name}/{edit.construct}"}}}
            known = {"Type": edit.type} if "Resources" in template else comment
            _holder(template, edit.type)[re.sub(r"\W", "", edit.construct)] = {**edit.value, **known}
        else:
            _edit(template, find(stack, edit), edit)
    return template


def _holder(template: Json, kind: str) -> Json:
    """Return the section that holds a type's resources."""
    return template["Resources"] if "Resources" in template else template["resource"].setdefault(kind, {})


def _edit(template: Json, resource: Resource, edit: Edit) -> None:
    key = resource.id if "Resources" in template else resource.id.partition(".")[2]
    holder = _holder(template, resource.type)
    written = settings(replace(resource, body=holder[key]))
    others = {name: value for name, value in holder[key].items() if name not in written}
    body = applied(written, edit)
    if body is None:
        del holder[key]
    else:
        holder[key] = others | body
