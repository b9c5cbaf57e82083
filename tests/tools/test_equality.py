"""Equality of the synthesized output of a commit and the checkout."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tools import equality

TEMPLATE = {"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {"Tags": ["a", "b"], "Enabled": True}}}}
STACK = {"resource": {"google_kms_crypto_key": {"key": {"rotation_period": "1s"}}}}


MANIFEST = {
    "artifacts": {"Keys": {"properties": {"terminationProtection": True}, "metadata": {"trace": "of one machine"}}}
}


def write(folder: Path, **contents: object) -> Path:
    places = {
        "template": "Keys.template.json",
        "assets": "Keys.assets.json",
        "stack": "stacks/gcp-dev/cdk.tf.json",
        "manifest": "manifest.json",
    }
    for name, content in {"manifest": MANIFEST, **contents}.items():
        file = folder / places[name]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(content))
    return folder


def changed(**properties: object) -> object:
    content = json.loads(json.dumps(TEMPLATE))
    content["Resources"]["Key"]["Properties"] |= properties
    return content


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return write(tmp_path / "base", template=TEMPLATE, stack=STACK)


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({}, []),
        ({"Tags": ["a", "c"]}, ["Resources.Key.Properties.Tags[1]"]),
        ({"Tags": ["a"]}, ["Resources.Key.Properties.Tags"]),
        ({"Enabled": 1}, ["Resources.Key.Properties.Enabled"]),
        ({"MultiRegion": True}, ["Resources.Key.Properties.MultiRegion: only in the checkout"]),
    ],
)
def test_a_small_change_is_found_where_it_is(
    base: Path, tmp_path: Path, properties: dict[str, object], expected: list[str]
) -> None:
    checkout = write(tmp_path / "checkout", template=changed(**properties), stack=STACK)
    found = {each.file: each.differences for each in equality.compare(base, checkout, "aws")}
    assert found == {"aws/Keys.template.json": expected, "aws/manifest.json": [], "aws/stacks/gcp-dev/cdk.tf.json": []}


def test_a_file_on_one_side_only_is_a_difference(base: Path, tmp_path: Path) -> None:
    checkout = write(tmp_path / "checkout", template=TEMPLATE, assets={})
    found = {each.file: each.differences for each in equality.compare(base, checkout, "aws") if each.differences}
    assert found == {
        "aws/Keys.assets.json": ["only in the checkout"],
        "aws/stacks/gcp-dev/cdk.tf.json": ["only in the base"],
    }


def test_a_stack_that_loses_its_protection_is_a_difference(base: Path, tmp_path: Path) -> None:
    bare = {"artifacts": {"Keys": {"properties": {"terminationProtection": False}}}}
    checkout = write(tmp_path / "checkout", template=TEMPLATE, stack=STACK, manifest=bare)
    found = {item.file: list(item.differences) for item in equality.compare(base, checkout, "aws") if item.differences}
    assert found == {"aws/manifest.json": ["Keys.properties.terminationProtection"]}


def test_the_order_of_keys_is_no_difference() -> None:
    assert list(equality.differences({"a": 1, "b": 2}, {"b": 2, "a": 1})) == []


def run(monkeypatch: pytest.MonkeyPatch, base: Path, checkout: Path) -> Result:
    monkeypatch.setattr(equality, "merge_base", lambda _: "0123456789")
    monkeypatch.setattr(equality, "clouds_of", lambda _: ["aws"])
    monkeypatch.setattr(equality, "assembly_of", lambda ref, _: base if ref else checkout)
    return CliRunner().invoke(equality.app, [])


def test_the_command_ends_with_one_when_something_differs(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = write(tmp_path / "checkout", template=changed(Enabled=False), stack=STACK)
    result = run(monkeypatch, base, checkout)
    assert result.exit_code == 1
    assert "1 of 3 files differ from 0123456" in result.output
    assert "Resources.Key.Properties.Enabled" in result.output


def test_the_command_ends_with_zero_when_all_is_equal(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch, base, base)
    assert (result.exit_code, "3 files are equal" in result.output) == (0, True)
