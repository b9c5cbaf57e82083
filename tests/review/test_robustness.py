"""Robustness of the diff: no change gives no output, order is ignored, no template causes a traceback."""

import json
import random
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assembly.errors import AssemblyError
from assembly.values import Json
from review.compare import comparison
from review.compare.clouds import compare
from review.errors import ReviewError
from review.model.values import edits, sorted_sets
from review.read import cloudformation
from tests.review.conftest import write_terraform
from tests.review.copies import write_manifest

IDS = st.sampled_from(["Database", "Bucket", "Role", "Topic", "Nowhere", "AWS::Region"])
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=12))
INTRINSICS = st.one_of(
    st.builds(lambda name: {"Ref": name}, IDS),
    st.builds(lambda name: {"Fn::GetAtt": [name, "Arn"]}, IDS),
    st.builds(lambda name: {"Fn::GetAtt": f"{name}.Arn"}, IDS),
    st.builds(lambda name: {"Fn::GetStackOutput": {"StackName": "Stack", "OutputName": name}}, IDS),
    st.builds(lambda name: {"Fn::Sub": f"${{{name}}}-${{AWS::StackName}}"}, IDS),
    st.builds(lambda value: {"Fn::Join": ["", ["a", value]]}, LEAVES),
    st.builds(lambda value: {"Fn::If": ["Condition", value, {"Ref": "AWS::NoValue"}]}, LEAVES),
    st.just("${Token[TOKEN.123]}"),
    st.just("{not json"),
)
KEYS = st.sampled_from(
    [
        "Tags",
        "Key",
        "Value",
        "Statement",
        "PolicyDocument",
        "Action",
        "Properties",
        "Ref",
        "Fn::Join",
        "Rules",
        "Name",
        "ü",
    ]
)
VALUES = st.recursive(
    st.one_of(LEAVES, INTRINSICS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=12,
)
TYPES = st.sampled_from(
    [
        "AWS::RDS::DBInstance",
        "AWS::S3::Bucket",
        "AWS::IAM::Role",
        "AWS::EC2::SecurityGroup",
        "Custom::Thing",
        "",
        "No::Type",
    ]
)
RESOURCES = st.dictionaries(
    IDS,
    st.one_of(
        st.fixed_dictionaries(
            {"Type": TYPES, "Properties": st.dictionaries(KEYS, VALUES, max_size=4)},
            optional={"DeletionPolicy": LEAVES, "DependsOn": VALUES, "Metadata": VALUES, "Condition": LEAVES},
        ),
        VALUES,
    ),
    max_size=4,
)
TEMPLATES = st.fixed_dictionaries(
    {},
    optional={
        "Resources": st.one_of(RESOURCES, LEAVES),
        "Outputs": st.one_of(st.dictionaries(IDS, st.one_of(VALUES, st.fixed_dictionaries({"Value": VALUES})))),
        "Parameters": VALUES,
        "Conditions": VALUES,
        "Description": LEAVES,
    },
)


def application(folder: Path, template: Json) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "Stack.template.json").write_text(json.dumps(template))
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://unknown-account/unknown-region",
        "properties": {"templateFile": "Stack.template.json"},
        "displayName": "Stack",
    }
    write_manifest(folder, {"Stack": stack})
    return folder


def shuffled(value: Json, order: random.Random) -> Json:
    if isinstance(value, dict):
        keys = list(value)
        order.shuffle(keys)
        return {key: shuffled(value[key], order) for key in keys}
    return [shuffled(item, order) for item in value] if isinstance(value, list) else value


def changes_found(before: Path, after: Path) -> list[tuple[str, str, int]]:
    """Return the changed resources with their number of settings, without node."""
    _, pairs = comparison.matched(cloudformation.Application(before), cloudformation.Application(after))
    found = comparison.changes(pairs, {})
    return [(str(change.kind), change.resource.id, len(change.edits)) for change in found]


def refusal(before: Path, after: Path) -> str:
    """Return why the diff refuses; nothing where it does not."""
    try:
        compare(before, after)
    except ReviewError as problem:
        return str(problem)
    return ""


@given(template=TEMPLATES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_the_same_twice_has_no_change(template: Json, tmp_path: Path) -> None:
    assert changes_found(application(tmp_path / "a", template), application(tmp_path / "b", template)) == []


@given(before=TEMPLATES, after=TEMPLATES, order=st.randoms(use_true_random=False))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_the_order_of_keys_means_nothing(before: Json, after: Json, order: random.Random, tmp_path: Path) -> None:
    one = changes_found(application(tmp_path / "a", before), application(tmp_path / "b", after))
    other = changes_found(
        application(tmp_path / "c", shuffled(before, order)), application(tmp_path / "d", shuffled(after, order))
    )
    assert one == other


@given(before=VALUES, after=VALUES)
@settings(deadline=None)
def test_what_differs_has_an_edit_and_what_does_not_has_none(before: Json, after: Json) -> None:
    one, other = sorted_sets({"it": before}), sorted_sets({"it": after})
    assert edits(one, one) == []
    assert bool(edits(one, other)) == bool(edits(other, one))


@given(before=TEMPLATES, after=TEMPLATES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=12)
def test_odd_templates_are_compared_or_refused_in_words(before: Json, after: Json, tmp_path: Path) -> None:
    one, other = application(tmp_path / "a", before), application(tmp_path / "b", after)
    assert re.fullmatch(r"|The CDK's diff cannot compare stack Stack: .*\. Look at .*", refusal(one, other))


@given(content=st.dictionaries(st.sampled_from(["random_id", "google_storage_bucket"]), st.dictionaries(IDS, VALUES)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_odd_terraform_is_compared(content: Json, tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder, resources in zip(folders, ({}, content), strict=True):
        folder.mkdir(exist_ok=True)
        write_terraform(folder, {"gcp-dev": {"resource": resources}})
    compare(*folders)
    assert compare(folders[1], folders[1]).changes == []


def test_a_template_over_a_megabyte(tmp_path: Path) -> None:
    resources = {
        f"Topic{number}": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": str(number) * 800}}
        for number in range(500)
    }
    before = application(tmp_path / "a", {"Resources": resources})
    resources["Topic7"]["Properties"]["DisplayName"] = "changed"  # type: ignore[index]
    after = application(tmp_path / "b", {"Resources": resources})
    assert (before / "Stack.template.json").stat().st_size > 1_000_000
    assert [change.resource.id for change in compare(before, after).changes] == ["Topic7"]


@pytest.mark.parametrize("text", ["", "[]", "{", "null"])
def test_a_file_that_is_no_template_is_named(text: str, tmp_path: Path) -> None:
    good, bad = application(tmp_path / "a", {}), application(tmp_path / "b", {})
    (bad / "Stack.template.json").write_text(text)
    with pytest.raises(AssemblyError, match=r"b/Stack.template.json .*Synthesize it again"):
        compare(good, bad)


def test_a_folder_without_synthesized_output_is_named(tmp_path: Path) -> None:
    with pytest.raises(AssemblyError, match=r"holds no synthesized output .*run `make synth` first"):
        compare(application(tmp_path / "a", {}), tmp_path / "b")
