"""All changes of the corpus, compared in one run."""

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.tools.diff.copies import ENVIRONMENT, Copy, write_manifest
from tests.tools.diff.corpus import CASES
from tools.diff.dangers import dangers
from tools.diff.model import Kind
from tools.diff.reading import Difference, compare


@pytest.fixture(scope="session")
def corpus(assembly_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Difference:
    """What the diff says of all changes together: each in a copy of production with a name of its own."""
    folders = [tmp_path_factory.mktemp(side) for side in ("before", "after")]
    entries: list[dict[str, Any]] = [{}, {}]
    for number, case in enumerate(CASES):
        for side, parts in enumerate((case.before, case.after)):
            copy = Copy(assembly_folder, folders[side], f"Case{number:03}", parts)
            if side:
                case.change(copy)
            entries[side] |= copy.write()
    for folder, written in zip(folders, entries, strict=True):
        write_manifest(folder, written)
    return compare(folders[0], folders[1])


@pytest.fixture(scope="session")
def verdicts(corpus: Difference) -> dict[str, str]:
    """What a reviewer is told of each change, in one line."""
    counts: dict[str, Counter[Kind]] = defaultdict(Counter)
    needs: dict[str, set[str]] = defaultdict(set)
    for change in corpus.changes:
        counts[change.resource.environment][change.kind] += 1
    for danger in dangers(corpus):
        name = danger.change.resource.environment
        thing = danger.thing.replace(name, ENVIRONMENT).removeprefix(f"{ENVIRONMENT}-")
        thing = thing.replace(f"{ENVIRONMENT}/", "Operations/", 1) if thing.startswith(f"{ENVIRONMENT}/") else thing
        needs[name].add(f"{danger.allowance.removeprefix('Allow-')} {thing}")
    return {case.name: _line(counts[name], needs[name]) for name, case in _named().items()}


def _named() -> dict[str, Any]:
    return {f"Case{number:03}": case for number, case in enumerate(CASES)}


def _line(counts: Counter[Kind], needs: set[str]) -> str:
    happens = ", ".join(f"{counts[kind]} {kind}" for kind in Kind if counts[kind]) or "nothing"
    return f"{happens}: {', '.join(sorted(needs))}" if needs else happens
