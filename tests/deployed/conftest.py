"""One deployment of production and of its account for all tests of them."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from assembly import open_assembly
from assembly.synth_cache import CDK
from local.cloud import EmbeddedCloud
from local.deployment import deploy
from tests.deployed.altered import AlteredAssembly
from tests.deployed.development import Development
from tests.deployed.served import CLOCK, Served

PRIMARY = "us-east-1"
RECOVERY = "us-west-2"
ENVIRONMENT = "GoodiesProd"
ACCOUNT = "GoodiesAccount"
STACKS = ["GoodiesDelivery", ACCOUNT, f"{ACCOUNT}-Recovery", f"{ACCOUNT}-Costs", ENVIRONMENT]

Cdk = Callable[..., str]


@pytest.fixture(scope="package")
def production(assembly_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the assembly, because a deploy leaves packed assets in it."""
    return shutil.copytree(assembly_folder, tmp_path_factory.mktemp("assembly") / "cdk.out")


@pytest.fixture(scope="package")
def deployed_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the deployed cloud, and beside it a copy of its state as the deploy left it."""
    return tmp_path_factory.mktemp("production") / "cloud"


@pytest.fixture(scope="package")
def deployed(production: Path, deployed_folder: Path) -> Iterator[EmbeddedCloud]:
    """The embedded cloud, with production and its account on it."""
    cloud = EmbeddedCloud(deployed_folder)
    with Path(os.devnull).open("w") as nowhere:
        deploy(
            cloud,
            STACKS,
            Console(file=nowhere),
            open_assembly(production),
        )
    for name in ("state", "objects"):
        shutil.copytree(deployed_folder / name, deployed_folder.with_name("copy") / name)
    yield cloud
    cloud.wipe()


@pytest.fixture(scope="package")
def served(deployed: EmbeddedCloud, production: Path, deployed_folder: Path) -> Iterator[Served]:
    """Production on another cloud with a body, after a release. It begins with what was deployed, which is as good."""
    made = Served(EmbeddedCloud(deployed_folder.with_name("copy")), production, deployed.account)
    try:
        made.deploy()
        made.cloud.clock = CLOCK
        made.wait_for_probes()
        made.release()
        made.cloud.clock = 1
        yield made
    finally:
        made.end()


@pytest.fixture(scope="package")
def cdk(deployed: EmbeddedCloud, production: Path) -> Cdk:
    """The CDK CLI on the deployed assembly; it returns what it printed, and fails the test with it."""

    def run(*arguments: str) -> str:
        completed = subprocess.run(
            [*CDK, *arguments, "--app", str(production)],
            cwd=deployed.directory,
            env=deployed.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        output = completed.stdout + completed.stderr
        assert completed.returncode == 0, output
        return output

    return run


@pytest.fixture(scope="package")
def outputs(deployed: EmbeddedCloud) -> Callable[[str, str], dict[str, str]]:
    """The outputs of a stack."""

    def of(stack: str, region: str = PRIMARY) -> dict[str, str]:
        found = deployed.client("cloudformation", region).describe_stacks(StackName=stack)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}

    return of


@pytest.fixture(scope="package")
def resource(deployed: EmbeddedCloud) -> Callable[..., str]:
    """The physical id of the one resource of a type in a stack whose logical id begins with ``beginning``."""

    def find(stack: str, kind: str, beginning: str = "", region: str = PRIMARY) -> str:
        responses = deployed.client("cloudformation", region).get_paginator("list_stack_resources")
        summaries: list[dict[str, Any]] = [
            summary
            for response in responses.paginate(StackName=stack)
            for summary in response["StackResourceSummaries"]
        ]
        (found,) = (
            summary["PhysicalResourceId"]
            for summary in summaries
            if summary["ResourceType"] == kind and summary["LogicalResourceId"].startswith(beginning)
        )
        return str(found)

    return find


@pytest.fixture(scope="package")
def development(assembly_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Development]:
    """Development, for tests that deploy one stack of it."""
    folder = tmp_path_factory.mktemp("development")
    made = Development(folder / "cloud", AlteredAssembly(assembly_folder, folder / "cdk.out").open())
    yield made
    made.cloud.wipe()
