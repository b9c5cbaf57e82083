"""Copy of what the checkout synthesizes, in the directory of an embedded cloud: Terraform works there.

Lock files, ``.terraform``, plans and ``errored.tfstate`` lie beside the stacks, as beside those of ``cdktf.out``.
"""

import json
import shutil
import sys
from pathlib import Path

from assembly import Assembly, open_assembly
from assembly.revisions import CHECKOUT
from assembly.synth_cache import checked_assembly
from local.terraform.cloud import TerraformCloud

_NAME = "cdktf.out"


def folder(cloud: TerraformCloud) -> Path:
    """Return where the copy is."""
    return cloud.directory / _NAME


def update(cloud: TerraformCloud) -> Assembly:
    """Synthesize the checkout where a source has changed, copy what it synthesizes, and return the copy.

    Raises:
        SynthesisError: the application does not synthesize, or a provider would refuse what it does.
    """
    source, target = checked_assembly(cloud.key), folder(cloud)
    for stack in open_assembly(source).stacks.values():
        shutil.rmtree(target / stack.file.parent.relative_to(source.resolve()) / "assets", ignore_errors=True)
    shutil.copytree(source, target, dirs_exist_ok=True)
    _write_settings(cloud)
    return open_assembly(target)


def _write_settings(cloud: TerraformCloud) -> None:
    """Write the settings of ``cdktf``, which looks for them where it runs."""
    settings = json.loads((CHECKOUT / "cdktf.json").read_text())
    settings["app"] = f'"{sys.executable}" -E "{CHECKOUT / "app.py"}" {cloud.key}'
    settings["output"] = _NAME
    (cloud.directory / "cdktf.json").write_text(json.dumps(settings, indent=2))
