"""``python -m tests.local.interruptible DIRECTORY STAGE MARKER COMMAND…``: a command of ``python -m local`` that waits.

It works on a cloud in DIRECTORY, with a fake CDK CLI. At STAGE, which is an action of the CLI or ``destroy``, the id of
the process that waits is written into MARKER.
"""

import shutil
import sys
from pathlib import Path
from unittest.mock import patch

from local import __main__ as commands
from local.cloud import EmbeddedCloud
from tests.local import fake_cdk


def main(directory: Path, stage: str, marker: Path, *arguments: str) -> None:
    """Run the command."""
    cli = (sys.executable, fake_cdk.__file__, stage, str(marker))
    remove = (lambda *_, **__: fake_cdk.wait(marker)) if stage == "destroy" else shutil.rmtree
    with (
        patch("assembly.synth_cache.CDK", cli),
        patch("assembly.synth_cache._KEPT", directory.with_name("assemblies")),
        patch("local.deployment.CDK", cli),
        patch("local.toolkit.CDK", cli),
        patch.object(commands, "EmbeddedCloud", lambda: EmbeddedCloud(directory)),
        patch("shutil.rmtree", remove),
    ):
        commands.app(arguments)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), *sys.argv[4:])
