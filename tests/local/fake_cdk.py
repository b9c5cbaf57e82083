"""``fake_cdk.py STAGE MARKER ACTION…``: stands for the CDK CLI, and waits at the action STAGE instead of doing it."""

import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

STACKS = ("GoodiesDelivery", "GoodiesDev")


def main(stage: str, marker: Path, action: str, *arguments: str) -> None:
    """Synthesize two stacks without resources, and succeed at every other action."""
    if action == stage:
        print("an event log that must not be shown", flush=True)
        wait(marker)
    if action == "synth":
        folder = Path(arguments[arguments.index("--output") + 1])
        folder.mkdir(parents=True, exist_ok=True)
        artifacts = {name: _artifact(name) for name in STACKS}
        for name in STACKS:
            (folder / f"{name}.template.json").write_text(json.dumps({"Resources": {}}))
        (folder / "manifest.json").write_text(json.dumps({"version": "48.0.0", "artifacts": artifacts}))


def wait(marker: Path) -> None:
    """Write this process's id into the marker, and go no further."""
    unfinished = marker.with_suffix(".new")
    unfinished.write_text(str(os.getpid()))
    unfinished.rename(marker)
    time.sleep(60)


def _artifact(name: str) -> Mapping[str, object]:
    return {
        "type": "aws:cloudformation:stack",
        "environment": "aws://111122223333/us-east-1",
        "properties": {"templateFile": f"{name}.template.json", "requiresBootstrapStackVersion": 6},
    }


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
