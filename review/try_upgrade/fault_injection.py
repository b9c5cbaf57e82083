"""Fault injection: an assembly whose stacks fail at the very end of their update, when all has been changed."""

import hashlib
import json
import shutil
from pathlib import Path

from assembly import Assembly, open_assembly

FAILURE = "FailsOnPurpose"


def failing_copy(assembly: Assembly, folder: Path) -> Assembly:
    """Write a copy of an assembly in which every stack waits for a signal that nobody sends, and gives up."""
    shutil.copytree(assembly.folder, folder)
    manifest = folder / "manifest.json"
    for name, stack in assembly.stacks.items():
        template = folder / stack.file.name
        before = hashlib.sha256(template.read_bytes()).hexdigest()
        template.write_text(json.dumps(_failing(json.loads(template.read_text()))))
        after = hashlib.sha256(template.read_bytes()).hexdigest()
        # The CLI uploads a template under its digest, and not again where there is one.
        for file in (manifest, folder / f"{name}.assets.json"):
            if file.exists():
                file.write_text(file.read_text().replace(before, after))
    return open_assembly(folder)


def _failing(template: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    handle = f"{FAILURE}Handle"
    waits = {"Handle": {"Ref": handle}, "Timeout": "1"}
    added = {
        handle: {"Type": "AWS::CloudFormation::WaitConditionHandle"},
        FAILURE: {
            "Type": "AWS::CloudFormation::WaitCondition",
            "DependsOn": sorted(template["Resources"]),
            "Properties": waits,
        },
    }
    return {**template, "Resources": {**template["Resources"], **added}}
