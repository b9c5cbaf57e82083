"""Deploy of an environment of this checkout to an embedded cloud, and of what all environments share there."""

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from rich.console import Console

from assembly import Assembly, Stack
from local.embedded import require_environment
from local.terraform import working_copy
from local.terraform.cloud import TerraformCloud
from local.terraform.deployment import apply, check_platform
from local.terraform.environment import deploy_environment
from local.terraform.progress import TerraformProgress
from local.terraform.providers import Providers
from local.terraform.recovery import UnrecordedError, recover, take_over
from local.terraform.report import show
from local.terraform.terraform import Terraform, mirror


class Preparation(Protocol):
    """Preparation of a cloud, as far as its stacks do not do it."""

    def fetch(self, assembly: Assembly) -> Iterable[str]:
        """Get what comes from elsewhere, before the cloud starts, and yield a line for each thing to be told."""

    def bootstrap(self, assembly: Assembly) -> Iterable[str]:
        """Prepare the cloud, which runs, for the first deploy, and yield where something was made."""

    def deployed(self, assembly: Assembly, stack: Stack) -> None:
        """Do what follows the deploy of a stack."""


def deploy(
    cloud: TerraformCloud,
    environment: str,
    console: Console,
    *,
    preparation: Preparation,
    providers: Path | None = None,
) -> None:
    """Deploy an environment of this checkout, and what all environments share.

    Args:
        cloud: where to.
        environment: one of ``environments/``.
        console: where to show how it goes.
        preparation: what the cloud needs beside its stacks.
        providers: Terraform's filesystem mirror, where the registry is not to be asked.

    Raises:
        PrerequisiteError: something is missing on this machine; nothing has begun.
        EmbeddedCloudError: whatever keeps it from being deployed. The next call goes on from there.
    """
    began = time.monotonic()
    command = f"make deploy CLOUD={cloud.key}"
    check_platform(cloud.name)
    require_environment(environment, command)
    names = [f"{cloud.key}-shared", f"{cloud.key}-{environment}"]
    name = cloud.name.removeprefix("The ")
    with cloud.lock("a deploy"):
        installed = Providers(cloud)
        installed.home.mkdir(parents=True, exist_ok=True)
        terraform = Terraform(installed.home, mirror(providers))
        with console.status("Synthesizing"):
            assembly = working_copy.update(cloud)
        stacks = [assembly.stack(each) for each in names]
        terraform.check(stacks)
        with console.status("Installing what is missing of the providers and the charts"):
            for stack in stacks:
                installed.install(terraform, stack)
            for line in preparation.fetch(assembly):
                console.print(line, highlight=False, soft_wrap=True)
        with console.status(f"Starting the {name}"):
            started = cloud.start()
        console.print(
            f"{name[0].upper()}{name[1:]} at {cloud.endpoint}, {'started' if started else 'running'}", highlight=False
        )
        with console.status(f"Preparing the {name}"):
            made = list(dict.fromkeys(preparation.bootstrap(assembly)))
        if made:
            console.print(f"Bootstrapped {', '.join(made)}", highlight=False, soft_wrap=True)
        progress = TerraformProgress(names, console, provider=cloud.provider)
        variables = deploy_environment(cloud)
        for stack in stacks:
            for line in recover(cloud, stack, terraform, environment=variables):
                console.print(line, highlight=False, soft_wrap=True)
            _apply(cloud, stack, progress, console, terraform, environment=variables)
            preparation.deployed(assembly, stack)
        show(
            cloud,
            stacks,
            progress.stacks,
            time.monotonic() - began,
            console=console,
            command=f"{command} ENV={environment}",
        )


def _apply(
    cloud: TerraformCloud,
    stack: Stack,
    progress: TerraformProgress,
    console: Console,
    terraform: Terraform,
    *,
    environment: Mapping[str, str],
) -> None:
    """Deploy a stack; what exists of it and is in no state is taken over, each resource once.

    Raises:
        EmbeddedCloudError: whatever keeps it from being deployed.
    """
    taken: set[str] = set()
    while True:
        try:
            apply(cloud, stack, progress, console, environment=environment)
        except UnrecordedError as error:
            left = {address: each for address, each in error.resources.items() if address not in taken}
            if not left:
                raise
            for line in take_over(stack, left, terraform, environment=environment):
                console.print(line, highlight=False, soft_wrap=True)
            taken.update(left)
        else:
            return
