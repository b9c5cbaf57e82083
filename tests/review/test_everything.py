"""All that both CLIs write is compared, but for written noise; another place is another stack."""

import copy
import hashlib
import itertools
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import yaml

from assembly.errors import AssemblyError
from assembly.values import Json
from review.compare.clouds import compare
from review.compare.comparison import Side, changes, matched
from review.errors import ReviewError
from review.judge.dangers import dangers
from review.model import noise
from review.model.change import NOT_SET, Change, Kind
from review.model.danger import Allowance
from review.model.values import edits
from review.read import cloudformation, terraform

READERS = Path(cloudformation.__file__).parent
HASH = "a" * 64
CDK: Json = {
    "manifest.json": {
        "version": "55.0.0",
        "missing": [{"key": "availability-zones", "props": {"account": "1"}}],
        "artifacts": {
            "Stack": {
                "type": "aws:cloudformation:stack",
                "environment": "aws://111122223333/us-east-1",
                "dependencies": ["Stack.assets"],
                "metadata": {"/Stack/Bucket/Resource": [{"type": "aws:cdk:logicalId", "data": "Bucket"}]},
                "displayName": "Stack",
                "properties": {
                    "templateFile": "Stack.template.json",
                    "terminationProtection": True,
                    "tags": {"environment": "prod"},
                    "assumeRoleArn": "arn:aws:iam::111122223333:role/deploy",
                    "lookupRole": {"arn": "arn:aws:iam::111122223333:role/lookup"},
                },
            },
            "Stack.assets": {"type": "cdk:asset-manifest", "properties": {"file": "Stack.assets.json"}},
            "Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}},
        },
    },
    "Stack.assets.json": {
        "version": "55.0.0",
        "files": {
            HASH: {
                "source": {"path": "program", "packaging": "zip"},
                "destinations": {"here": {"bucketName": "assets", "objectKey": f"{HASH}.zip"}},
            }
        },
        "dockerImages": {},
    },
    "Stack.template.json": {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"Stack of {HASH}",
        "Metadata": {"AWS::CloudFormation::Interface": {"ParameterGroups": [{"Label": {"default": "all"}}]}},
        "Transform": [{"Name": "AWS::Include", "Parameters": {"Location": "s3://bucket/file"}}],
        "Parameters": {"Release": {"Type": "String", "Default": "none"}},
        "Mappings": {"Zones": {"aws": {"zone": "Z1"}}},
        "Conditions": {"Released": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Release"}, "none"]}]}},
        "Rules": {"Check": {"Assertions": [{"Assert": {"Fn::Contains": [["1"], {"Ref": "Release"}]}}]}},
        "Hooks": {
            "Hook": {"Type": "AWS::CodeDeploy::BlueGreen", "Properties": {"TrafficRoutingConfig": {"Type": "All"}}}
        },
        "Outputs": {"Bucket": {"Value": {"Ref": "Bucket"}, "Export": {"Name": "bucket"}}},
        "Resources": {
            "Bucket": {
                "Type": "AWS::S3::Bucket",
                "DeletionPolicy": "Retain",
                "DependsOn": ["Role"],
                "Metadata": {"checkov": {"skip": []}, "AWS::CloudFormation::Init": {"config": {"files": {}}}},
                "Properties": {
                    "DeletionPolicy": "a property of the same name",
                    "Tags": [{"Key": "environment", "Value": "prod"}],
                    "LifecycleConfiguration": {"Rules": [{"Id": "old", "Status": "Enabled"}]},
                },
            },
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "AssumeRolePolicyDocument": {
                        "Statement": [{"Effect": "Deny", "Action": ["sts:AssumeRole"], "Principal": {"AWS": "1"}}]
                    }
                },
            },
        },
    },
    "sources.json": {
        "settings": {"app": "python app.py aws", "context": {"@aws-cdk/flag": True, "unchecked": "no"}},
        "context_file": {"zones": ["a"]},
    },
}
CDKTF: Json = {
    "manifest.json": {
        "version": "0.21.0",
        "stacks": {
            "gcp-prod": {
                "name": "gcp-prod",
                "annotations": [{"level": "@cdktf/warn", "message": "old", "stacktrace": ["app.py"]}],
                "dependencies": ["gcp-shared"],
                "synthesizedStackPath": "stacks/gcp-prod/cdk.tf.json",
                "workingDirectory": "stacks/gcp-prod",
            }
        },
    },
    "stacks/gcp-prod/cdk.tf.json": {
        "//": {"metadata": {"version": "0.21.0"}},
        "terraform": {
            "required_version": ">= 1.11",
            "required_providers": {"google": {"source": "google", "version": "6.50.0"}},
            "backend": {"gcs": {"bucket": "state", "prefix": "gcp-prod"}},
        },
        "provider": {"google": [{"project": "goodies", "default_labels": {"environment": "prod"}}]},
        "variable": {"release": {"type": "string", "validation": [{"condition": "true"}]}},
        "locals": {"names": {"one": "a"}},
        "output": {"url": {"value": {"host": "api"}}},
        "data": {"google_project": {"it": {"//": {}, "project_id": "goodies", "filter": [{"name": "a"}]}}},
        "ephemeral": {
            "random_password": {"jwt": {"length": 64, "lifecycle": {"precondition": [{"condition": "true"}]}}}
        },
        "module": {"network": {"source": "./network", "ranges": {"a": 1}}},
        "import": [{"to": "google_storage_bucket.uploads", "id": "uploads"}],
        "moved": [{"from": "google_storage_bucket.older", "to": "google_storage_bucket.old"}],
        "removed": [{"from": "google_storage_bucket.old", "lifecycle": {"destroy": False}}],
        "check": {"health": {"assert": [{"condition": "true", "error_message": "down"}]}},
        "resource": {
            "google_storage_bucket": {
                "uploads": {
                    "//": {"metadata": {"path": "gcp-prod/Storage/uploads", "uniqueId": "uploads"}},
                    "name": "uploads",
                    "depends_on": ["google_project.it"],
                    "lifecycle": {"ignore_changes": "all", "prevent_destroy": True},
                    "provisioner": [{"local-exec": {"command": "true"}}],
                    "connection": {"host": "a"},
                    "for_each": {"one": "a"},
                },
                "backups": {
                    "name": "backups",
                    "lifecycle_rule": [{"action": {"type": "Delete"}, "condition": {"age": 30}}],
                },
            }
        },
    },
    "stacks/gcp-prod/assets/chart/Chart.yaml": {"name": "chart"},
    "sources.json": {"settings": {"app": "python app.py gcp"}, "context_file": {}},
}
# Of each format, where a key may come or go unseen: comments, paths of constructs, and arguments that are ignored.
SILENT_CDK: Json = {
    ("manifest.json", "artifacts", "Stack", "metadata", "/Stack/Bucket/Resource", 0),
    ("Stack.template.json", "Resources", "Bucket", "Metadata", "checkov"),
}
SILENT_CDKTF: Json = {
    ("stacks/gcp-prod/cdk.tf.json", "//"),
    ("stacks/gcp-prod/cdk.tf.json", "//", "metadata"),
    ("stacks/gcp-prod/cdk.tf.json", "data", "google_project", "it", "//"),
    *(
        ("stacks/gcp-prod/cdk.tf.json", "resource", "google_storage_bucket", "uploads", *inner)
        # It ignores changes of its own arguments.
        for inner in ((), ("//",), ("//", "metadata"))
    ),
}


def write(folder: Path, documents: Json) -> Path:
    for name, content in documents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(content))
    return folder


def levels(value: Json, path: tuple[Json, ...] = ()) -> Iterator[tuple[Json, ...]]:
    """Yield the path of each object in a value."""
    if isinstance(value, dict):
        if path:
            yield path
        for key, item in value.items():
            yield from levels(item, (*path, key))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from levels(item, (*path, place))


def at(value: Json, path: Sequence[Json]) -> Json:
    for key in path:
        value = value[key]
    return value


def side(documents: Json, folder: Path) -> Side:
    written = write(folder, documents)
    return (
        cloudformation.Application(written)
        if documents.keys() & CDK.keys() == CDK.keys()
        else terraform.Application(written)
    )


def seen(before: Side, after: Side) -> list[Change]:
    """Return what changes, without what the cloud's tool says of it."""
    return changes(matched(before, after)[1], {})


@pytest.mark.parametrize(("documents", "silent"), [(CDK, SILENT_CDK), (CDKTF, SILENT_CDKTF)], ids=["cdk", "cdktf"])
def test_an_unknown_key_at_every_level_is_seen(documents: Json, silent: object, tmp_path: Path) -> None:
    unseen = set()
    before = side(documents, tmp_path / "before")
    for number, (path, unknown) in enumerate(itertools.product(levels(documents), ("text", {"inner": "text"}))):
        changed = copy.deepcopy(documents)
        at(changed, path)["unknown"] = unknown
        try:
            if not seen(before, side(changed, tmp_path / str(number))):
                unseen.add(path)
        except Exception:
            continue
    assert unseen == silent


def test_each_row_of_noise_is_read_and_has_a_reason() -> None:
    rows = yaml.safe_load(noise.FILE.read_text())
    assert {tuple(row) for row in rows} == {("in", "path", "because")}
    read = [re.findall(r'without_noise\("([a-z ]+)"', file.read_text()) for file in READERS.rglob("*.py")]
    assert {row["in"] for row in rows} == set(itertools.chain(*read))


@pytest.mark.parametrize("documents", [CDK, CDKTF], ids=["cdk", "cdktf"])
def test_the_same_is_the_same(documents: Json, tmp_path: Path) -> None:
    assert seen(side(documents, tmp_path / "before"), side(documents, tmp_path / "after")) == []


@pytest.mark.parametrize("shape", ["AWS::Serverless", ["AWS::Include"], {"Name": "AWS::Include"}, None])
def test_a_transform_of_any_shape_is_seen(shape: Json, tmp_path: Path) -> None:
    changed = copy.deepcopy(CDK)
    changed["Stack.template.json"]["Transform"] = shape
    assert seen(side(CDK, tmp_path / "before"), side(changed, tmp_path / "after"))


def change(documents: Json, path: str, value: Json) -> Json:
    """Return documents with another value at ``file:key/key``; without it where the value is ``NOT_SET``."""
    changed = copy.deepcopy(documents)
    file, _, keys = path.partition(":")
    *above, last = (int(key) if key.isdigit() else key for key in keys.split("|"))
    holder = at(changed[file], above)
    if value is NOT_SET:
        del holder[last]
    else:
        holder[last] = value
    return changed


TERRAFORM = "stacks/gcp-prod/cdk.tf.json"


@pytest.mark.parametrize(
    ("documents", "path", "value"),
    [
        (CDK, "manifest.json:artifacts|Stack|environment", "aws://444455556666/us-east-1"),
        (CDK, "manifest.json:artifacts|Stack|environment", "aws://111122223333/us-east-2"),
        (CDK, "manifest.json:artifacts|Stack|properties|stackName", "Stack-v2"),
        (CDKTF, f"{TERRAFORM}:provider|google|0|project", "other"),
        (CDKTF, f"{TERRAFORM}:provider|google|0|project", NOT_SET),
        (CDKTF, f"{TERRAFORM}:terraform|backend|gcs|prefix", "other"),
        (CDKTF, f"{TERRAFORM}:terraform|backend", {"local": {"path": "here"}}),
        (CDKTF, f"{TERRAFORM}:terraform|backend", NOT_SET),
    ],
)
def test_in_another_place_everything_that_holds_state_is_in_danger(
    documents: Json, path: str, value: Json, tmp_path: Path
) -> None:
    difference = compare(
        write(tmp_path / "before", documents), write(tmp_path / "after", change(documents, path, value))
    )
    found = {danger.thing for danger in dangers(difference)}
    stack, state = (
        ("Stack", {"Bucket"})
        if documents is CDK
        else ("gcp-prod", {"Storage/uploads", "google_storage_bucket.backups"})
    )
    assert found >= {stack, *(f"{stack}/{path}" for path in state)}
    lost = {change.resource.path for change in difference.changes if change.lost}
    assert lost >= {resource.path for resource in difference.before[stack].resources.values()}


@pytest.mark.parametrize(
    ("documents", "path", "value", "thing"),
    [
        (CDK, "sources.json:settings|app", "python my_app.py aws", "cdk.json"),
        (CDK, "sources.json:settings|build", "make", "cdk.json"),
        (CDK, "sources.json:context_file", {"environments": "dev"}, "cdk.json"),
        (CDKTF, "sources.json:settings|app", "python my_app.py gcp", "cdktf.json"),
        (CDKTF, f"{TERRAFORM}:terraform|required_version", NOT_SET, "gcp-prod"),
        (CDKTF, f"{TERRAFORM}:terraform|required_providers|google|source", "evil/google", "gcp-prod"),
        (CDKTF, f"{TERRAFORM}:terraform|required_providers|random", {"source": "evil/random"}, "gcp-prod"),
    ],
)
def test_what_writes_and_deploys_is_a_danger(
    documents: Json, path: str, value: Json, thing: str, tmp_path: Path
) -> None:
    difference = compare(
        write(tmp_path / "before", documents), write(tmp_path / "after", change(documents, path, value))
    )
    assert {(danger.allowance, danger.thing) for danger in dangers(difference)} == {(Allowance.CHANGE, thing)}


def test_a_flag_of_the_cdk_is_shown_by_what_it_does(tmp_path: Path) -> None:
    changed = change(CDK, "sources.json:settings|context|@aws-cdk/flag", False)
    assert seen(side(CDK, tmp_path / "before"), side(changed, tmp_path / "after")) == []


REFERENCE = "Stack.template.json:Resources|Bucket|Properties|Reference"


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        ({"Ref": "Role"}, "${Role}"),
        ({"Fn::GetAtt": ["Role", "Arn"]}, "${Role.Arn}"),
        ({"Ref": "AWS::Region"}, "${AWS::Region}"),
        ({"Fn::Sub": "${Role}"}, "${Role}"),
        ([{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}], [{"Key": "a", "Value": "2"}]),
    ],
)
def test_no_value_passes_for_another(reference: Json, text: Json, tmp_path: Path) -> None:
    sides = [change(CDK, REFERENCE, value) for value in (reference, text)]
    for number, documents in enumerate(sides):
        documents["manifest.json"]["artifacts"]["Stack"]["metadata"]["/Stack/Role/Resource"] = [
            {"type": "aws:cdk:logicalId", "data": "Role"}
        ]
        write(tmp_path / str(number), documents)
    assert seen(*(cloudformation.Application(tmp_path / str(number)) for number in range(2)))


def test_a_variable_of_a_policy_stays_as_it_is(tmp_path: Path) -> None:
    documents = change(CDK, REFERENCE, "${aws:username}")
    (stack,) = side(documents, tmp_path).stacks.values()
    assert stack.resources["Bucket"].settings["Reference"] == "${aws:username}"


def test_no_resource_passes_for_another(tmp_path: Path) -> None:
    before = change(CDKTF, f"{TERRAFORM}:output|url|value", "${google_storage_bucket.uploads.name}")
    after = change(CDKTF, f"{TERRAFORM}:output|url|value", "${google_storage_bucket.backups.name}")
    for documents in (before, after):
        bucket = documents[TERRAFORM]["resource"]["google_storage_bucket"]["backups"]
        bucket["//"] = {"metadata": {"path": "gcp-prod/Storage/uploads"}}
    assert [change.resource.path for change in seen(side(before, tmp_path / "a"), side(after, tmp_path / "b"))] == [""]


def test_a_tag_does_not_make_an_environment_new(tmp_path: Path) -> None:
    changed = change(CDK, "manifest.json:artifacts|Stack|properties|tags|environment", "prod-eu")
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = {"PolicyName": "all", "PolicyDocument": {"Statement": [statement]}}
    changed = change(changed, "Stack.template.json:Resources|Role|Properties|Policies", [policy])
    difference = compare(write(tmp_path / "before", CDK), write(tmp_path / "after", changed))
    assert Allowance.GRANT in {danger.allowance for danger in dangers(difference)}


def test_a_nested_assembly_is_refused(tmp_path: Path) -> None:
    nested = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Stage"}}
    changed = change(CDK, "manifest.json:artifacts|Stage", nested)
    with pytest.raises(ReviewError, match="Stage holds stacks of its own"):
        compare(write(tmp_path / "before", CDK), write(tmp_path / "after", changed))


def with_template_asset(documents: Json) -> Json:
    """Return documents whose stack is deployed as the CDK does by default: its template is an asset."""
    digest = hashlib.sha256(json.dumps(documents["Stack.template.json"]).encode()).hexdigest()
    asset = {"source": {"path": "Stack.template.json", "packaging": "file"}, "destinations": {}}
    changed = change(documents, f"Stack.assets.json:files|{digest}", asset)
    url = f"s3://assets/{digest}.json"
    return change(changed, "manifest.json:artifacts|Stack|properties|stackTemplateAssetObjectUrl", url)


def test_the_template_that_is_uploaded_is_the_one_that_is_read(tmp_path: Path) -> None:
    good = with_template_asset(CDK)
    assert compare(write(tmp_path / "a", good), write(tmp_path / "b", good)).changes == []
    other_file = change(good, "Stack.assets.json:files", {})
    (digest,) = good["Stack.assets.json"]["files"].keys() - {HASH}
    other_file["Stack.assets.json"]["files"] = {digest: {"source": {"path": "evil.template.json"}, "destinations": {}}}
    older = change(good, "manifest.json:artifacts|Stack|properties|stackTemplateAssetObjectUrl", f"s3://a/{HASH}.json")
    unpublished = change(good, "manifest.json:artifacts|Stack.assets", NOT_SET)
    for number, documents in enumerate((other_file, older, unpublished)):
        with pytest.raises(ReviewError, match=r"is not Stack\.template\.json"):
            compare(tmp_path / "a", write(tmp_path / str(number), documents))


def test_two_stacks_of_one_name_are_refused(tmp_path: Path) -> None:
    stack = CDK["manifest.json"]["artifacts"]["Stack"]
    other = {
        **stack,
        "environment": "aws://111122223333/eu-west-1",
        "properties": {**stack["properties"], "stackName": "Stack"},
    }
    after = change(CDK, "manifest.json:artifacts", {"Another": other, **CDK["manifest.json"]["artifacts"]})
    with pytest.raises(AssemblyError, match="two stacks called Stack"):
        compare(write(tmp_path / "before", CDK), write(tmp_path / "after", after))


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("run {one}", "run {two}", "made.py"),
        ("run {one} --safe", "run {two} --evil", ""),
        ("run {one} {one}", "run {one} {two}", "made.py"),
        ("run {one}", "run {one}", None),
    ],
)
def test_a_changed_file_hides_nothing_beside_it(old: str, new: str, shown: str | None, tmp_path: Path) -> None:
    names = {"one": "1" * 64, "two": "2" * 64}
    sides: list[Path] = []
    for value in (old, new):
        documents = change(CDK, "Stack.template.json:Resources|Bucket|Properties|Command", value.format(**names))
        for name, digest in names.items():
            documents["Stack.assets.json"]["files"][digest] = {"source": {"path": name}, "destinations": {}}
            documents[f"{name}/made.py"] = name
        sides.append(write(tmp_path / str(len(sides)), documents))
    found = [edit.note for each in compare(*sides).changes for edit in each.edits if edit.path == "Command"]
    assert found == ([] if shown is None else [shown])


def test_a_nested_stack_is_refused(tmp_path: Path) -> None:
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://s3/nested.json"}}
    changed = change(CDK, "Stack.template.json:Resources|Nested", nested)
    with pytest.raises(ReviewError, match="Stack/Nested is a stack of its own"):
        compare(write(tmp_path / "before", CDK), write(tmp_path / "after", changed))


@pytest.mark.parametrize("file", ["Stack.assets.json", "Other.assets.json"])
def test_a_program_that_makes_an_asset_is_a_danger(file: str, tmp_path: Path) -> None:
    other = {"type": "cdk:asset-manifest", "properties": {"file": "Other.assets.json"}}
    before = change(CDK, "manifest.json:artifacts|Other", other)
    before["Other.assets.json"] = {"version": "55.0.0", "files": {}}
    asset = {"source": {"executable": ["sh", "-c", "true"]}, "destinations": {"here": {"objectKey": "key"}}}
    after = change(before, f"{file}:files|{'b' * 64}", asset)
    difference = compare(write(tmp_path / "before", before), write(tmp_path / "after", after))
    assert {danger.allowance for danger in dangers(difference)} == {Allowance.CHANGE}


@pytest.mark.parametrize("documents", [CDK, CDKTF], ids=["cdk", "cdktf"])
def test_a_link_in_the_output_is_refused(documents: Json, tmp_path: Path) -> None:
    sides = [write(tmp_path / name, documents) for name in ("before", "after")]
    folder = {id(CDK): "program", id(CDKTF): "stacks/gcp-prod"}[id(documents)]
    for side in sides:
        (side / folder).mkdir(exist_ok=True)
    (sides[1] / folder / "library").symlink_to(tmp_path)
    with pytest.raises(AssemblyError, match="library is a link"):
        compare(*sides)


def test_another_id_at_the_same_place_is_a_replacement(tmp_path: Path) -> None:
    after = copy.deepcopy(CDK)
    resources = after["Stack.template.json"]["Resources"]
    resources["Role2"] = resources.pop("Role")
    for documents, key in ((CDK, "Role"), (after, "Role2")):
        named = {"/Stack/Role/Resource": [{"type": "aws:cdk:logicalId", "data": key}]}
        write(tmp_path / key, change(documents, "manifest.json:artifacts|Stack|metadata", named))
    (found,) = compare(tmp_path / "Role", tmp_path / "Role2").changes
    assert (found.kind, found.resource.path) == (Kind.REPLACED, "Role")
    assert found.because == "it has another id: Role → Role2"


def test_the_place_in_the_code_makes_only_secrets_worthless(tmp_path: Path) -> None:
    named = {"/Stack/OriginSecrets/Bucket/Resource": [{"type": "aws:cdk:logicalId", "data": "Bucket"}]}
    before = change(CDK, "manifest.json:artifacts|Stack|metadata", named)
    after = change(before, "Stack.template.json:Resources|Bucket", NOT_SET)
    after["Stack.template.json"]["Outputs"] = before["Stack.template.json"]["Outputs"] = {}
    difference = compare(write(tmp_path / "before", before), write(tmp_path / "after", after))
    assert [danger.allowance for danger in dangers(difference)] == [Allowance.REMOVE]


def test_a_path_that_javascript_knows_hides_no_permission(tmp_path: Path) -> None:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    properties = {"PolicyName": "all", "Roles": [{"Ref": "Role"}], "PolicyDocument": {"Statement": [statement]}}
    policy = {"Type": "AWS::IAM::Policy", "Properties": properties}
    after = change(CDK, "Stack.template.json:Resources|Policy", policy)
    named = [{"type": "aws:cdk:logicalId", "data": "Policy"}]
    after = change(after, "manifest.json:artifacts|Stack|metadata|/Stack/__proto__/Resource", named)
    difference = compare(write(tmp_path / "before", CDK), write(tmp_path / "after", after))
    assert [danger.allowance for danger in dangers(difference)] == [Allowance.GRANT]


def lines(before: Json, after: Json, folder: Path) -> list[str]:
    """Return the trailers that a change needs."""
    return [danger.trailer for danger in dangers(compare(write(folder / "a", before), write(folder / "b", after)))]


@pytest.mark.parametrize(
    ("reference", "section"),
    [
        ({"Ref": "It"}, "Parameters"),
        ({"Fn::Sub": "${It}/*"}, "Parameters"),
        ({"Fn::Sub": ["${It}/${other}", {"other": "a"}]}, "Parameters"),
        ({"Fn::FindInMap": ["It", "a", "b"]}, "Mappings"),
        ({"Fn::If": ["It", "*", "a"]}, "Conditions"),
        ({"Fn::If": ["Other", "*", "a"]}, "Conditions"),
    ],
)
def test_a_yes_is_to_what_a_value_stands_for(reference: Json, section: str, tmp_path: Path) -> None:
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": reference}
    policy = {"PolicyName": "some", "PolicyDocument": {"Statement": [statement]}}
    one = change(CDK, "Stack.template.json:Resources|Role|Properties|Policies", [policy])
    one = change(one, "Stack.template.json:Conditions|Other", {"Condition": "It"})
    before = change(CDK, "Stack.template.json:Conditions|Other", {"Condition": "It"})
    few, all_of_them = (change(one, f"Stack.template.json:{section}|It", {"Default": each}) for each in ("few", "*"))
    assert lines(before, few, tmp_path / "few") != lines(before, all_of_them, tmp_path / "all")


@pytest.mark.parametrize(
    ("reference", "definition"),
    [
        ("${var.it}", "variable|it"),
        ("${local.it}", "locals|it"),
        ("${data.google_client_config.it.id}", "data|google_client_config"),
    ],
)
def test_a_yes_is_to_what_an_expression_stands_for(reference: str, definition: str, tmp_path: Path) -> None:
    member = {"owner": {"role": reference, "member": "user:ada@goodies.example", "project": "goodies"}}
    one = change(CDKTF, f"{TERRAFORM}:resource|google_project_iam_member", member)
    (few,), (more,) = (
        lines(CDKTF, change(one, f"{TERRAFORM}:{definition}", {"it": {"default": each}}), tmp_path / each)
        for each in ("viewer", "owner")
    )
    assert few != more


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("google_project_iam_member", {"owner": [{"role": "roles/owner", "member": "user:eve"}]}),
        ("google_project_iam_member", [{"owner": {"role": "roles/owner", "member": "user:eve"}}]),
    ],
)
def test_a_resource_in_a_list_is_a_resource(path: str, value: Json, tmp_path: Path) -> None:
    after = change(CDKTF, f"{TERRAFORM}:resource|{path}", value)
    assert [line.split()[:2] for line in lines(CDKTF, after, tmp_path)] == [
        ["Allow-Grant:", "gcp-prod/google_project_iam_member.owner"]
    ]


@pytest.mark.parametrize(
    ("ignored", "seen_at"),
    [
        ("spec[0].container[0].image", ["spec.container[1].image"]),
        ("spec[0].container[1].image", ["spec.container[0].image"]),
        ("spec[0].container[0]", ["spec.container[0].image", "spec.container[1].image"]),
    ],
)
def test_only_the_ignored_item_of_a_list_is_ignored(ignored: str, seen_at: list[str], tmp_path: Path) -> None:
    def with_images(image: str) -> Json:
        containers = [{"name": name, "image": image} for name in ("one", "two")]
        body = {"spec": {"container": containers}, "lifecycle": {"ignore_changes": [ignored]}}
        return change(CDKTF, f"{TERRAFORM}:resource|kubernetes_deployment_v1", {"service": body})

    (found,) = seen(side(with_images("a"), tmp_path / "before"), side(with_images("b"), tmp_path / "after"))
    assert [edit.path for edit in found.edits] == seen_at


@pytest.mark.parametrize("name", ["evil.tf.json", "evil.tf", "terraform.tfvars", "evil.auto.tfvars.json"])
def test_another_file_that_terraform_reads_is_refused(name: str, tmp_path: Path) -> None:
    after = {**CDKTF, f"stacks/gcp-prod/{name}": {}}
    with pytest.raises(ReviewError, match=re.escape(f"reads {name}")):
        compare(write(tmp_path / "before", CDKTF), write(tmp_path / "after", after))


def test_a_template_that_terraform_does_not_read_is_refused(tmp_path: Path) -> None:
    decoy = change(CDKTF, "manifest.json:stacks|gcp-prod|synthesizedStackPath", "stacks/decoy.tf.json")
    decoy["stacks/decoy.tf.json"] = CDKTF[TERRAFORM]
    with pytest.raises(ReviewError, match="Terraform runs here"):
        compare(write(tmp_path / "before", CDKTF), write(tmp_path / "after", decoy))


def test_no_file_hides_behind_another_of_its_name(tmp_path: Path) -> None:
    names = [f"stacks/gcp-prod/assets/chart/{digit * 32}/Chart.yaml" for digit in "AB"]
    sides = [{**CDKTF, names[0]: first, names[1]: 1} for first in (1, 2)]
    assert seen(*(side(documents, tmp_path / str(number)) for number, documents in enumerate(sides)))


@pytest.mark.parametrize(
    ("documents", "file"), [(CDK, "Stack.template.json"), (CDK, "manifest.json"), (CDKTF, TERRAFORM)]
)
def test_a_key_that_is_there_twice_is_refused(documents: Json, file: str, tmp_path: Path) -> None:
    before, after = write(tmp_path / "before", documents), write(tmp_path / "after", documents)
    text = (after / file).read_text()
    key = next(iter(documents[file]))
    (after / file).write_text(f'{{"{key}": {{}}, {text[1:]}')
    with pytest.raises(AssemblyError, match=f"names '{key}' twice"):
        compare(before, after)


@pytest.mark.parametrize(
    ("documents", "path", "value", "thing"),
    [
        (CDK, "Stack.template.json:Transform", "Evil", "Stack"),
        (CDK, "Stack.template.json:Resources|Fn::ForEach::Each", ["a", ["b"], {}], "Stack"),
        (CDKTF, f"{TERRAFORM}:module|other", {"source": "evil/module"}, "gcp-prod"),
        (CDKTF, f"{TERRAFORM}:removed", [{"from": "google_storage_bucket.backups"}], "gcp-prod"),
        (CDKTF, f"{TERRAFORM}:resource|google_sql_database", [[{"it": {}}]], "gcp-prod"),
    ],
)
def test_what_no_review_reads_is_a_danger(documents: Json, path: str, value: Json, thing: str, tmp_path: Path) -> None:
    found = lines(documents, change(documents, path, value), tmp_path)
    assert [line.split()[:2] for line in found] == [["Allow-Change:", thing]]


@pytest.mark.parametrize(
    ("documents", "path"),
    [
        (CDK, "manifest.json:artifacts|Stack|properties|templateFile"),
        (CDK, "manifest.json:artifacts|Stack.assets|properties|file"),
        (CDK, f"Stack.assets.json:files|{HASH}|source|path"),
        (CDKTF, "manifest.json:stacks|gcp-prod|synthesizedStackPath"),
        (CDKTF, "manifest.json:stacks|gcp-prod|workingDirectory"),
    ],
)
@pytest.mark.parametrize("elsewhere", ["../before/manifest.json", "/etc", "../.."])
def test_a_side_leads_to_no_file_outside_it(documents: Json, path: str, elsewhere: str, tmp_path: Path) -> None:
    changed = change(documents, path, elsewhere)
    with pytest.raises(AssemblyError, match="must lie in it"):
        compare(write(tmp_path / "before", documents), write(tmp_path / "after", changed))


@pytest.mark.parametrize(
    ("before", "after", "alike"),
    [
        ("goodies", "GOODIES", False),
        ("true", "True", False),
        (True, "True", True),
        (False, "false", True),
        (True, 1, False),
        (0, False, False),
        (7, "7", True),
        (1, 1.0, True),
        ("a", None, False),
    ],
)
def test_case_is_folded_for_truth_values_only(before: Json, after: Json, alike: bool) -> None:
    assert (edits({"it": before}, {"it": after}) == []) is alike


@pytest.mark.parametrize("place", [0, 1, 3])
def test_an_inserted_item_is_shown_as_inserted(place: int) -> None:
    variables = [{"Name": name, "Value": name.lower()} for name in ("PGHOST", "PGSSLMODE", "REDIS_HOST")]
    after = copy.deepcopy(variables)
    after[1]["Value"] = "disable"
    new = {"Name": "NEW", "Value": "new"}
    after.insert(place, new)
    shown = {edit.path: (edit.before, edit.after) for edit in edits({"Environment": variables}, {"Environment": after})}
    at_place = 1 if place > 1 else 2
    assert shown == {
        f"Environment[{place}]": (NOT_SET, new),
        f"Environment[{at_place}].Value": ("pgsslmode", "disable"),
    }


def test_a_key_that_looks_private_is_compared() -> None:
    assert [edit.path for edit in edits({"__hidden": 1}, {"__hidden": 2})] == ["__hidden"]
