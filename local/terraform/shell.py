"""Shell that sees an embedded cloud and nothing else: ``make shell CLOUD=…``."""

import subprocess
from contextlib import nullcontext

import yaml
from rich.console import Console

from assembly import open_assembly
from local.errors import EmbeddedCloudError
from local.terraform import working_copy
from local.terraform.cloud import TerraformCloud
from local.terraform.environment import tools_environment


def open_shell(cloud: TerraformCloud, console: Console) -> int:
    """Open a shell in the directory of an embedded cloud, and return its exit code.

    Raises:
        EmbeddedCloudError: nothing was deployed yet, or it must be started while another command is at work on it.
    """
    name = cloud.name.removeprefix("The ")
    nothing = f"Nothing is deployed to the {name} yet. `make deploy CLOUD={cloud.key}` does it."
    if not (folder := working_copy.folder(cloud)).exists():
        raise EmbeddedCloudError(nothing)
    # To start another version ends the one that runs, and a deploy that is at work on it with it.
    starting = nullcontext() if cloud.current() else cloud.lock("a shell that starts it")
    with starting, console.status(f"Starting the {name}"):
        cloud.start()
    stacks = [stack for stack in open_assembly(folder).stacks.values() if cloud.state(stack).read()]
    if not stacks:
        raise EmbeddedCloudError(nothing)
    home = cloud.directory / "home"
    clusters, start = home / "kubeconfig", home / "bashrc"
    cache = home / "terraform-plugins"  # `cdktf` of the checkout names its own, where the registry's are
    cache.mkdir(exist_ok=True)
    clusters.write_text(yaml.safe_dump(cloud.kubeconfig(stacks)))
    start.write_text(rf"PS1='({name}) \w\$ '" + "\n")
    names = [stack.name for stack in stacks]
    shared = f"{cloud.key}-shared"
    example = next((each for each in names if each != shared), shared)
    console.print(
        f"This shell sees the {name} and no other; `exit` leaves it. Deployed: {', '.join(names)}.\n"
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
