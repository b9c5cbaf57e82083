"""The embedded cloud with development on it, as far as it was deployed: each test goes on from the saved state."""

import io
import json
import time
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console

from assembly import Assembly, Stack
from local.cloud import EmbeddedCloud
from local.cloudformation import describe
from local.deployment import apply
from local.progress import CdkProgress
from tests.deployed.altered import Template

# The stacks of a first deploy of development, in their order.
STACKS = [
    "GoodiesDelivery-Recovery",
    "GoodiesDelivery",
    "GoodiesDev-Foundation",
    "GoodiesDev-Network",
    "GoodiesDev-Data",
    "GoodiesDev-Service",
    "GoodiesDev-Edge",
    "GoodiesDev",
]
REGIONS = ("us-east-1", "us-west-2")


class Development:
    """A cloud on which the stacks of development are deployed one after another.

    Attributes:
        cloud: runs, in the account of the stacks.
    """

    def __init__(self, folder: Path, assembly: Assembly) -> None:
        self._assembly = assembly
        self.cloud = EmbeddedCloud(folder)
        self.cloud.start()
        self.cloud.account = assembly.stack(STACKS[0]).account

    def reach(self, name: str = "") -> EmbeddedCloud:
        """Deploy what is missing before a stack, all of them without a name, and return the cloud."""
        before = STACKS[: STACKS.index(name)] if name else STACKS
        missing = [each for each in before if self.status(each) not in ("CREATE_COMPLETE", "UPDATE_COMPLETE")]
        if missing:
            deploy(self.cloud, self._assembly, [self._assembly.stack(each) for each in missing])
        return self.cloud

    def status(self, name: str, region: str = "") -> str:
        """Return the status of a stack; empty where there is none. Stacks of development know their region."""
        where = region or self._assembly.stack(name).region
        return str(describe(self.cloud, name, where).get("StackStatus", ""))

    def call(self, name: str, region: str, template: Template) -> str:
        """Create or update a stack without the CLI, and return the status in which that ends."""
        api = self.cloud.client("cloudformation", region)
        request = api.update_stack if self.status(name, region).endswith("_COMPLETE") else api.create_stack
        request(StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"])
        return self.rest(name, region)

    def rest(self, name: str, region: str = "") -> str:
        """Wait until nothing happens any more to a stack, and return its status."""
        deadline = time.monotonic() + 60
        while self.status(name, region).endswith("_IN_PROGRESS") and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.status(name, region)


def deploy(cloud: EmbeddedCloud, assembly: Assembly, stacks: Iterable[Stack]) -> str:
    """Deploy stacks as ``make deploy`` does, and return what was printed."""
    members = list(stacks)
    console = Console(file=io.StringIO(), width=400)
    apply(cloud, assembly, members, CdkProgress([stack.name for stack in members], console), console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()
