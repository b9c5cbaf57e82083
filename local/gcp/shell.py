"""Shell that sees the embedded Google Cloud and nothing else: ``make shell CLOUD=gcp``."""

import subprocess
from contextlib import nullcontext

import yaml
from rich.console import Console

from assembly import open_assembly
from local.errors import EmbeddedCloudError
from local.gcp import working_copy
from local.gcp.cloud import EmbeddedGoogleCloud
from local.gcp.environment import tools_environment
from local.gcp.kubeconfig import kubeconfig
from local.gcp.state import State

_SHARED = "gcp-shared"
_NOTHING = "Nothing is deployed to the embedded Google Cloud yet. `make deploy CLOUD=gcp` does it."
_PROMPT = r"PS1='(embedded Google Cloud) \w\$ '"


def open_shell(cloud: EmbeddedGoogleCloud, console: Console) -> int:
    """Open a shell in the directory of the embedded Google Cloud, and return its exit code.

    Raises:
        EmbeddedCloudError: nothing was deployed yet, or it must be started while another command is at work on it.
    """
    if not (folder := working_copy.folder(cloud)).exists():
        raise EmbeddedCloudError(_NOTHING)
    # To start another version ends the one that runs, and a deploy that is at work on it with it.
    starting = nullcontext() if cloud.current() else cloud.lock("a shell that starts it")
    with starting, console.status("Starting the embedded Google Cloud"):
        cloud.start()
    stacks = [stack for stack in open_assembly(folder).stacks.values() if State(cloud, stack).read()]
    if not stacks:
        raise EmbeddedCloudError(_NOTHING)
    home = cloud.directory / "home"
    clusters, start = home / "kubeconfig", home / "bashrc"
    cache = home / "terraform-plugins"  # `cdktf` of the checkout names its own, where the registry's are
    cache.mkdir(exist_ok=True)
    clusters.write_text(yaml.safe_dump(kubeconfig(cloud, stacks)))
    start.write_text(f"{_PROMPT}\n")
    names = [stack.name for stack in stacks]
    example = next((name for name in names if name != _SHARED), _SHARED)
    console.print(
        f"This shell sees the embedded Google Cloud and no other; `exit` leaves it. Deployed: {', '.join(names)}.\n"
        f"Try: cdktf diff {example}; terraform -chdir={folder.name}/stacks/{example} state list; kubectl get pods",
        highlight=False,
        soft_wrap=True,
    )
    return subprocess.run(  # noqa: S603 - with arguments of our own
        ["bash", "--noprofile", "--rcfile", str(start), "-i"],  # noqa: S607 - the bash of the PATH
        cwd=cloud.directory,
        env=tools_environment(cloud) | {"KUBECONFIG": str(clusters), "TF_PLUGIN_CACHE_DIR": str(cache)},
        check=False,
    ).returncode
