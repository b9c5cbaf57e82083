"""CodeBuild project of a release's image, and its commands."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.aws.iam import statements
from tests.aws.resources import Environment, Resource
from tests.synthesis import CHECKOUT

# A program that writes down how it was called.
STUB = '#!/bin/sh\necho "${0##*/} $*" >> "$CALLS"\n'
REPOSITORY = "111122223333.dkr.ecr.us-east-1.amazonaws.com/goodies/funkygibbon"


def project(delivery: Environment) -> Resource:
    return delivery.one("AWS::CodeBuild::Project")


@pytest.mark.plan("IMP-8/rollout")
def test_an_image_is_built_from_the_applications_repository_for_the_services_architecture(
    delivery: Environment, environment: Environment
) -> None:
    task = environment.one("AWS::ECS::TaskDefinition")
    environment_type = project(delivery)["Environment"]["Type"]
    assert project(delivery)["Source"]["Location"] == "https://github.com/example/the-goodies.git"
    assert (
        environment_type
        == {"ARM64": "ARM_CONTAINER", "X86_64": "LINUX_CONTAINER"}[task["RuntimePlatform"]["CpuArchitecture"]]
    )


@pytest.mark.plan("IMP-8/rollout", "SEC-9/roles")
def test_the_builder_pushes_to_its_registry_and_does_nothing_else(delivery: Environment) -> None:
    (registry,) = (each for each in delivery.resources("AWS::ECR::Repository") if each.region == "us-east-1")
    builder = project(delivery)["ServiceRole"].path
    mine = [said for said in statements(delivery) if builder in str(said.holder)]
    assert mine
    services = {action.split(":")[0] for said in mine for action in said.actions}
    assert services == {"s3", "logs", "ecr"}
    pushes = [said for said in mine if "ecr:PutImage" in said.actions]
    assert [resource for said in pushes for resource in said.resources] == [str(registry)]


@pytest.mark.plan("IMP-8/rollout")
def test_its_commands_build_with_what_is_new_beneath_and_push_the_tag(
    delivery: Environment, assembly_folder: Path, tmp_path: Path
) -> None:
    (secondary,) = project(delivery)["SecondarySources"]
    asset = assembly_folder / f"asset.{Path(secondary['Location']).stem}"
    checkout, programs = tmp_path / "checkout", tmp_path / "bin"
    checkout.mkdir()
    programs.mkdir()
    for name in ("docker", "aws", "git"):
        (programs / name).write_text(STUB)
        (programs / name).chmod(0o755)
    build = json.loads(project(delivery)["Source"]["BuildSpec"])["phases"]["build"]["commands"]
    subprocess.run(
        ["sh", "-ec", "\n".join(build)],
        cwd=checkout,
        env={
            "PATH": f"{programs}:{os.environ['PATH']}",
            "CALLS": str(tmp_path / "calls"),
            "CODEBUILD_SRC_DIR_platform": str(asset),
            "REPOSITORY": REPOSITORY,
            "TAG": "0.3.0-2a1ec34-1",
            "COMMIT": "2a1ec34",
        },
        check=True,
    )
    checked_out, *_, built, pushed = (tmp_path / "calls").read_text().splitlines()
    assert checked_out == "git checkout --quiet --detach 2a1ec34"
    assert {"--pull", "--no-cache", f"{REPOSITORY}:0.3.0-2a1ec34-1"} <= set(built.split())
    assert pushed == f"docker push {REPOSITORY}:0.3.0-2a1ec34-1"
    # What the Dockerfile takes from the checkout beside the application is where it looks for it.
    dockerfile = checkout / built.split("--file ")[1].split()[0]
    assert dockerfile.read_text() == (CHECKOUT / "images" / "funkygibbon" / "Dockerfile").read_text()
    for word in dockerfile.read_text().split():
        if word.startswith(".platform/") and word.endswith(".py"):
            assert (checkout / word).exists(), word
    shutil.rmtree(checkout)
