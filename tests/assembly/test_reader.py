"""Reader of both CLIs' output: one model, and errors that name the folder or the file."""

import json
from pathlib import Path

import pytest

from assembly import Assembly, open_assembly
from assembly.errors import AssemblyError
from assembly.values import Json


@pytest.mark.parametrize("manifest", ["{}", '{"stacks": 3}', '{"artifacts": null}', "[]"])
def test_a_manifest_without_stacks_is_refused(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(AssemblyError, match=r"manifest\.json .*Synthesize it again"):
        open_assembly(tmp_path)


@pytest.fixture
def example(tmp_path: Path) -> Assembly:
    def stack(name: str, environment: str, *needs: str) -> Json:
        (tmp_path / f"{name}.template.json").write_text(json.dumps({"Resources": {}}))
        return {
            "type": "aws:cloudformation:stack",
            "environment": environment,
            "dependencies": [*needs, "Assets"],
            "properties": {"requiresBootstrapStackVersion": 6, "templateFile": f"{name}.template.json"},
        }

    artifacts = {
        "Assets": {"type": "cdk:asset-manifest"},
        "GoodiesProd": stack("GoodiesProd", "aws://111122223333/us-east-1", "GoodiesProd-Data"),
        "GoodiesProd-Data": stack("GoodiesProd-Data", "aws://111122223333/us-east-1", "GoodiesProd-Recovery"),
        "GoodiesProd-Recovery": stack("GoodiesProd-Recovery", "aws://111122223333/us-west-2"),
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return open_assembly(tmp_path)


def test_a_stack_comes_after_what_it_depends_on(example: Assembly) -> None:
    ordered = example.with_dependencies(["GoodiesProd"])
    assert [stack.name for stack in ordered] == ["GoodiesProd-Recovery", "GoodiesProd-Data", "GoodiesProd"]
    assert (ordered[0].account, ordered[0].region, ordered[0].bootstrap_version) == ("111122223333", "us-west-2", 6)


def test_an_unknown_stack_is_refused_with_those_that_exist(example: Assembly) -> None:
    with pytest.raises(AssemblyError, match=r"no stack GoodiesTest\. It has GoodiesProd, GoodiesProd-Data"):
        example.with_dependencies(["GoodiesTest"])


def test_stacks_of_both_clis_say_the_same_of_themselves(assembly_folder: Path, gcp_folder: Path) -> None:
    aws = open_assembly(assembly_folder).stack("GoodiesProd-Data")
    gcp = open_assembly(gcp_folder).stack("gcp-prod")
    assert (aws.cloud, aws.environment, aws.component, aws.protected) == ("aws", "prod", "data", True)
    assert (aws.account, aws.region) == ("111122223333", "us-east-1")
    assert (gcp.cloud, gcp.environment, gcp.account, gcp.region) == (
        "gcp",
        "prod",
        "example-goodies-prod",
        "us-central1",
    )


def test_each_stack_says_its_environment_and_its_component(assembly_folder: Path) -> None:
    """Also one that hands no tags down: its resources have them."""
    stacks = open_assembly(assembly_folder).stacks.values()
    assert [stack.name for stack in stacks if not stack.component] == []
    for environment in ("dev", "staging", "prod"):
        own = {stack.name for stack in stacks if stack.environment == environment}
        assert own == {stack.name for stack in stacks if stack.name.startswith(f"Goodies{environment.title()}")}


@pytest.mark.parametrize(
    ("folder", "stack", "kind", "path"),
    [
        ("assembly_folder", "GoodiesProd-Data", "AWS::S3::Bucket", "Storage/Uploads"),
        ("gcp_folder", "gcp-prod", "google_storage_bucket", "Storage/uploads"),
    ],
)
def test_a_resource_is_found_by_its_construct_path(
    request: pytest.FixtureRequest, folder: str, stack: str, kind: str, path: str
) -> None:
    opened = open_assembly(request.getfixturevalue(folder))
    (found,) = (each for each in opened.stack(stack).resources.values() if (each.type, each.path) == (kind, path))
    assert str(found) == f"{stack}/{path}"
    assert opened.resources[found.key] == found


def test_references_are_followed_within_a_stack_and_to_others(assembly_folder: Path, gcp_folder: Path) -> None:
    aws, gcp = open_assembly(assembly_folder), open_assembly(gcp_folder)
    (replica,) = (each for each in aws.stack("GoodiesProd-Standby").resources.values() if "SourceDB" in str(each.body))
    (source,) = aws.references_of(replica, "SourceDBInstanceIdentifier")
    assert str(source) == "GoodiesProd-Data/Database/Instance"
    (replica,) = (each for each in gcp.resources.values() if "master_instance_name" in each.properties)
    (source,) = gcp.references_of(replica, "master_instance_name")
    assert source.path == "Database/instance"


def test_a_folder_without_output_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(AssemblyError, match=r"holds no synthesized output .*run `make synth` first"):
        open_assembly(tmp_path)


@pytest.mark.parametrize("damage", [Path.unlink, lambda file: file.write_text("{"), lambda file: file.write_text("[]")])
def test_a_file_that_is_missing_or_damaged_is_named(example: Assembly, damage: object) -> None:
    assert callable(damage)
    damage(example.folder / "GoodiesProd.template.json")
    with pytest.raises(AssemblyError, match=r"GoodiesProd\.template\.json .*Synthesize it again"):
        open_assembly(example.folder)
