"""All changes of both corpora, compared in one run each."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from review.compare import terraform as compare_terraform
from review.compare.clouds import compare
from review.compare.comparison import changes, matched
from review.judge.dangers import dangers
from review.model.change import Difference, Kind
from review.read import terraform
from tests.review import corpus, terraform_corpus
from tests.review.copies import ENVIRONMENT, Copy, write_manifest


@pytest.fixture(scope="session")
def verdicts(assembly_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Verdicts of the diff on each change on AWS, each in a copy of production with its own name."""
    folders = [tmp_path_factory.mktemp(side) for side in ("before", "after")]
    entries: list[dict[str, Any]] = [{}, {}]
    for number, case in enumerate(corpus.CASES):
        for side, parts in enumerate((case.before, case.after)):
            copy = Copy(assembly_folder, folders[side], f"Case{number:03}", parts)
            if side:
                case.change(copy)
            entries[side] |= copy.write()
    for folder, written in zip(folders, entries, strict=True):
        write_manifest(folder, written)
    shown = _verdicts(compare(folders[0], folders[1]))
    return {case.name: shown[f"Case{number:03}"] for number, case in enumerate(corpus.CASES)}


@pytest.fixture(scope="session")
def terraform_verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Verdicts of the diff on each change of a Terraform stack."""
    folders = [tmp_path_factory.mktemp(side) for side in ("before", "after")]
    for side, folder in enumerate(folders):
        stacks = {}
        for number, case in enumerate(terraform_corpus.CASES):
            content = terraform_corpus.stack()
            if side:
                case.change(content)
            stacks[f"gcp-case{number:03}"] = content
        write_terraform(folder, stacks)
    new = terraform.Application(folders[1])
    old, pairs = matched(terraform.Application(folders[0]).followed_by(new), new)
    impacts = compare_terraform.impacts(pairs, known=terraform_corpus.KNOWN.get)
    shown = _verdicts(Difference(changes(pairs, impacts), old.stacks, new.stacks))
    return {case.name: shown[f"case{number:03}"] for number, case in enumerate(terraform_corpus.CASES)}


def write_terraform(folder: Path, stacks: dict[str, Any]) -> None:
    for name, content in stacks.items():
        (folder / f"{name}.tf.json").write_text(json.dumps(content).replace("STACK/", f"{name}/"))
    manifest = {name: {"name": name, "synthesizedStackPath": f"{name}.tf.json"} for name in stacks}
    (folder / "manifest.json").write_text(json.dumps({"stacks": manifest}))


def _verdicts(difference: Difference) -> dict[str, str]:
    """Return for each environment, in one line, what happens and who needs which yes."""
    counts: dict[str, Counter[Kind]] = defaultdict(Counter)
    needs: dict[str, set[str]] = defaultdict(set)
    for change in difference.changes:
        counts[change.resource.environment][change.kind] += 1
    for danger in dangers(difference):
        resource = danger.change.resource
        thing = danger.thing.removeprefix(f"gcp-{resource.environment}/").replace(resource.environment, ENVIRONMENT)
        if thing.startswith(f"{ENVIRONMENT}/"):
            thing = thing.replace(ENVIRONMENT, "Operations", 1)
        needs[resource.environment].add(
            f"{danger.allowance.removeprefix('Allow-')} {thing.removeprefix(f'{ENVIRONMENT}-')}"
        )
    return defaultdict(lambda: "nothing", {name: _line(counts[name], sorted(needs[name])) for name in counts})


def _line(counts: Counter[Kind], needs: Sequence[str]) -> str:
    happens = ", ".join(f"{counts[kind]} {kind}" for kind in Kind if counts[kind])
    return f"{happens}: {', '.join(needs)}" if needs else happens
