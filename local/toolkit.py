"""CDKToolkit, the CDK's own stack that every region needs before a first deploy."""

import subprocess
from collections.abc import Iterable

from rich.console import Console

from assembly import Stack
from assembly.synth_cache import CDK
from local.cloud import EmbeddedCloud
from local.cloudformation import describe, stabilize
from local.errors import EmbeddedCloudError

_NAME = "CDKToolkit"


def bootstrap(cloud: EmbeddedCloud, stacks: Iterable[Stack], console: Console) -> None:
    """Run ``cdk bootstrap`` for each region of the stacks that has no toolkit, or too old a one.

    Raises:
        EmbeddedCloudError: the CLI fails.
    """
    needed: dict[str, int] = {}
    for stack in stacks:
        needed[stack.region] = max(stack.bootstrap_version, needed.get(stack.region, 0))
    missing = [region for region, version in needed.items() if _version(cloud, region, console) < version]
    if not missing:
        return
    # From an empty directory, or the CLI would synthesize the application first.
    empty = cloud.directory / "tmp" / "empty"
    empty.mkdir(parents=True, exist_ok=True)
    result = subprocess.run(  # noqa: S603 - the pinned CLI, with arguments of our own
        [*CDK, "bootstrap", *(f"aws://{cloud.account}/{region}" for region in missing)],
        cwd=empty,
        env=cloud.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        cloud.check_disk()
        raise EmbeddedCloudError(
            f"`cdk bootstrap` failed in {', '.join(missing)}:\n{(result.stdout + result.stderr).strip()[-2000:]}\n"
            "Correct the cause and run the command again."
        )


def _version(cloud: EmbeddedCloud, region: str, console: Console) -> int:
    """The version of a region's toolkit; 0 where there is none that works."""
    stabilize(cloud, _NAME, region, console)
    outputs = describe(cloud, _NAME, region).get("Outputs", ())
    return next((int(item["OutputValue"]) for item in outputs if item["OutputKey"] == "BootstrapVersion"), 0)
