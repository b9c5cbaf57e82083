"""Copies of synthesized stacks with edits in them, and what the review says of each edit."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assembly import Assembly
from assembly.reader import open_assembly
from assembly.values import Json
from review.compare.clouds import compare
from review.judge.dangers import dangers
from review.model.change import Change
from review.model.danger import Danger
from tests.review.edits import Edit, applied, find, settings


@dataclass(frozen=True)
class Verdict:
    """What the review says of one edit: its stack's changes, and which of them need a yes."""

    changes: Sequence[Change]
    dangers: Sequence[Danger]


def verdicts(folder: Path, edits: Sequence[Edit], scratch: Path) -> Mapping[str, Verdict]:
    """Return the verdict of each edit by its name, each made alone in its stack.

    Args:
        folder: what a CLI wrote.
        edits: of its resources.
        scratch: an empty folder.
    """
    assembly = open_assembly(folder)
    found = {}
    for number, edits_of_round in enumerate(_rounds(edits)):
        sides = [scratch / f"{number}-{side}" for side in ("before", "after")]
        for side, made in zip(sides, ({}, edits_of_round), strict=True):
            side.mkdir()
            _write(folder, assembly, side, edits_of_round, made)
        difference = compare(*sides)
        all_dangers = dangers(difference)
        for stack, edit in edits_of_round.items():
            found[edit.name] = Verdict(
                [change for change in difference.changes if change.resource.stack == stack],
                [danger for danger in all_dangers if danger.change.resource.stack == stack],
            )
    return found


def _rounds(edits: Sequence[Edit]) -> Iterator[dict[str, Edit]]:
    """Yield edits of different stacks."""
    waiting: dict[str, list[Edit]] = defaultdict(list)
    for edit in edits:
        waiting[edit.stack].append(edit)
    while waiting:
        yield {stack: several.pop(0) for stack, several in waiting.items()}
        waiting = defaultdict(list, {stack: several for stack, several in waiting.items() if several})


def _write(
    folder: Path, assembly: Assembly, target: Path, stacks: Mapping[str, Edit], made: Mapping[str, Edit]
) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    if "artifacts" in manifest:
        manifest["artifacts"] = dict(
            _write_cdk(folder, target, manifest["artifacts"][name], _template(assembly, name, made.get(name)))
            for name in stacks
        )
    else:
        manifest = {"stacks": dict(_write_cdktf(assembly, target, name, made.get(name)) for name in stacks)}
    (target / "manifest.json").write_text(json.dumps(manifest))


def _write_cdk(folder: Path, target: Path, artifact: Json, template: Json) -> tuple[str, Json]:
    artifact = json.loads(json.dumps(artifact))
    # It names the template by what is in it.
    del artifact["properties"]["stackTemplateAssetObjectUrl"]
    metadata = artifact["additionalMetadataFile"]
    (target / metadata).write_bytes((folder / metadata).read_bytes())
    (target / artifact["properties"]["templateFile"]).write_text(json.dumps(template))
    return artifact["properties"].get("stackName", artifact["displayName"]), artifact


def _write_cdktf(assembly: Assembly, target: Path, name: str, edit: Edit | None) -> tuple[str, Json]:
    file = f"{name}.tf.json"
    (target / file).write_text(json.dumps(_template(assembly, name, edit)))
    return name, {"name": name, "synthesizedStackPath": file}


def _template(assembly: Assembly, name: str, edit: Edit | None) -> Json:
    """Return the template of a stack after an edit."""
    stack = assembly.stacks[name]
    template = json.loads(json.dumps(stack.template))
    if edit is None:
        return template
    resource = find(stack, edit)
    body = applied(settings(resource), edit)
    if "Resources" in template:
        holder, key = template["Resources"], resource.id
    else:
        holder, key = template["resource"][resource.type], resource.id.partition(".")[2]
    if body is None:
        del holder[key]
    else:
        holder[key] = {**{name: value for name, value in holder[key].items() if name not in settings(resource)}, **body}
    return template
