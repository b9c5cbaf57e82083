"""An assembly knows its stacks and their order, and is made again only when a source has changed."""

import json
from pathlib import Path

import pytest

from assembly import cdk as assembly
from assembly.cdk import Assembly
from local.errors import EmbeddedCloudError


@pytest.fixture
def example(tmp_path: Path) -> Assembly:
    def stack(environment: str, *needs: str) -> dict[str, object]:
        return {
            "type": "aws:cloudformation:stack",
            "environment": environment,
            "dependencies": [*needs, "Assets"],
            "properties": {"requiresBootstrapStackVersion": 6},
        }

    artifacts = {
        "Assets": {"type": "cdk:asset-manifest"},
        "GoodiesProd": stack("aws://111122223333/us-east-1", "GoodiesProd-Data"),
        "GoodiesProd-Data": stack("aws://111122223333/us-east-1", "GoodiesProd-Recovery"),
        "GoodiesProd-Recovery": stack("aws://111122223333/us-west-2"),
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return Assembly(tmp_path)


def test_a_stack_comes_after_what_it_needs(example: Assembly) -> None:
    ordered = example.with_needs(["GoodiesProd"])
    assert [stack.name for stack in ordered] == ["GoodiesProd-Recovery", "GoodiesProd-Data", "GoodiesProd"]
    assert (ordered[0].account, ordered[0].region, ordered[0].bootstrap_version) == ("111122223333", "us-west-2", 6)


def test_an_unknown_stack_is_told_with_those_that_exist(example: Assembly) -> None:
    with pytest.raises(EmbeddedCloudError, match=r"no stack GoodiesTest\. It has GoodiesProd, GoodiesProd-Data"):
        example.with_needs(["GoodiesTest"])


def test_an_assembly_is_kept_until_a_source_changes(example: Assembly, monkeypatch: pytest.MonkeyPatch) -> None:
    (example.directory / "sources.sha256").write_text("before")
    monkeypatch.setattr(assembly, "CDK", ("false",))
    monkeypatch.setattr(assembly, "_fingerprint", lambda: "before")
    assert assembly.synthesize(example.directory, {}, "", example.directory).stacks
    monkeypatch.setattr(assembly, "_fingerprint", lambda: "after")
    with pytest.raises(EmbeddedCloudError, match="does not synthesize"):
        assembly.synthesize(example.directory, {}, "", example.directory)
