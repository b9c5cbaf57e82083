"""Refreshes assembly/provider_facts from a folder of complete facts (``python -m tools.provider_facts FROM``)."""

import json
from pathlib import Path
from typing import Annotated

import typer

from assembly import open_assembly
from assembly.provider_facts import FOLDER
from assembly.synth_cache import assembly_of
from errors import exit_on_error

_COPIED = ("provider", "version", "source_tag", "source_commit", "keys")


def main(
    source: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Folder of complete facts.")],
) -> None:
    """Write the rows of the types in use."""
    with exit_on_error():
        used = {resource.type for resource in open_assembly(assembly_of(None, "gcp")).resources.values()}
    FOLDER.mkdir(exist_ok=True)
    known: set[str] = set()
    for path in sorted(source.glob("*.json")):
        content = json.loads(path.read_text())
        types = {kind: row for kind, row in content["types"].items() if kind in used}
        known |= types.keys()
        if types:
            kept = {key: content[key] for key in _COPIED} | {"types": types}
            (FOLDER / path.name).write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
    for kind in sorted(used - known):
        print(f"{kind}: {source} knows nothing of it")
    print(f"{len(known)} of {len(used)} types in {FOLDER}")


if __name__ == "__main__":
    typer.run(main)
