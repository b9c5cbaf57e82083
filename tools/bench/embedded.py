"""``python -m tools.bench.embedded FOLDER ENVIRONMENT [serve]``: ``make deploy``, into an embedded cloud of its own."""

import sys
from pathlib import Path

from rich.console import Console

from local import deployment
from local.cloud import EmbeddedCloud
from local.errors import EmbeddedCloudError


def main(folder: str, environment: str, serve: str = "") -> None:
    """Deploy an environment and all that it needs, and let it answer or not."""
    try:
        deployment.deploy_environment(EmbeddedCloud(Path(folder)), environment, Console(), body=bool(serve))
    except EmbeddedCloudError as problem:
        raise SystemExit(str(problem)) from None


if __name__ == "__main__":
    main(*sys.argv[1:])
