"""``python -m tools.bench.embedded FOLDER STACK…``: ``make deploy``, into an embedded cloud of its own."""

import sys
from pathlib import Path

from rich.console import Console

from local import deployment
from local.cloud import EmbeddedCloud
from local.errors import EmbeddedCloudError


def main(folder: str, *stacks: str) -> None:
    """Deploy stacks and all that they need."""
    try:
        deployment.deploy(EmbeddedCloud(Path(folder)), stacks, Console())
    except EmbeddedCloudError as problem:
        raise SystemExit(str(problem)) from None


if __name__ == "__main__":
    main(*sys.argv[1:])
