"""The commands of the Google Cloud CLI that are named here, with their options, as the CLI itself lists them.

``python -m tests.gcp.gcloud FOLDER COMMAND…`` adds commands from an installation, such as ``/usr/lib/google-cloud-sdk
"storage mv"``.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

FILE = Path(__file__).with_name("gcloud_commands.json")


def commands() -> Mapping[str, Sequence[str]]:
    """Return the options of each command."""
    known: Mapping[str, Sequence[str]] = json.loads(FILE.read_text())["commands"]
    return known


def unknown(words: Sequence[str]) -> str | None:
    """Return what in a command does not exist; ``words`` are those after ``gcloud``."""
    plain = [word for word in words if not word.startswith("-")]
    found = next((" ".join(plain[:n]) for n in range(len(plain), 0, -1) if " ".join(plain[:n]) in commands()), None)
    if found is None:
        return " ".join(plain)
    options = [word.partition("=")[0] for word in words if word.startswith("-")]
    return next((option for option in options if option not in commands()[found]), None)


def main(folder: str, *wanted: str) -> None:
    """Add commands to the file."""
    spec = spec_from_file_location("completions", Path(folder, "data", "cli", "gcloud_completions.py"))
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    content = json.loads(FILE.read_text()) if FILE.exists() else {"commands": {}}
    content["source"] = f"Google Cloud CLI {Path(folder, 'VERSION').read_text().strip()}, gcloud_completions.py"
    for command in wanted:
        node, options = module.STATIC_COMPLETION_CLI_TREE, set()
        for word in command.split():
            options |= set(node["flags"])
            node = node["commands"][word]
        content["commands"][command] = sorted(options | set(node["flags"]))
    FILE.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
