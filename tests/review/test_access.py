"""Permissions and traffic rules of the real templates, each changed in one place, and who gets what by it."""

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assembly.values import Json
from review.compare import cloudformation_access, terraform_access
from review.judge.dangers import dangers
from review.model.change import Change, Difference, Kind
from review.model.pair import Pair
from review.model.resource import Resource, Stack
from review.model.values import edits, sorted_sets
from review.read import cloudformation, terraform

Edit = Callable[[Json], object]
Stacks = Mapping[str, Stack]
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
ENCRYPTED = {"Bool": {"aws:SecureTransport": "true"}}
WHOLE_INTERNET = [{"value": "0.0.0.0/0"}]
ANYBODY = {"Effect": "Allow", "Principal": "*", "Action": "backup:*", "Resource": "*"}


def statements(settings: Json, name: str = "PolicyDocument") -> Json:
    return settings[name]["Statement"]


def said(stacks: Stacks, address: str, edit: Edit) -> tuple[list[str], list[str]]:
    """Return what the review says that somebody gets by an edit of a resource, and the trailers that it needs."""
    before = find(stacks, address)
    settings = copy.deepcopy(before.settings)
    edit(settings)
    return compared(stacks, before, replace(before, settings=sorted_sets(settings)))


def added(stacks: Stacks, address: str, kind: str, **settings: Any) -> tuple[list[str], list[str]]:
    stack, _, path = address.partition("/")
    cloud = next(iter(stacks.values())).settings.cloud
    return compared(stacks, None, Resource(cloud, "prod", stack, path, kind, path, sorted_sets(settings)))


def find(stacks: Stacks, address: str) -> Resource:
    name, _, path = address.partition("/")
    (found,) = (each for each in stacks[name].resources.values() if each.path == path)
    return found


def compared(stacks: Stacks, before: Resource | None, after: Resource) -> tuple[list[str], list[str]]:
    old = stacks[after.stack]
    others = {key: each for key, each in old.resources.items() if each is not before}
    head = {**stacks, after.stack: replace(old, resources={**others, after.id: after})}
    changed = tuple(edits(before.settings, after.settings)) if before else ()
    pair = Pair(before, after, changed)
    access: Any = cloudformation_access if after.cloud == "aws" else terraform_access
    sides = [_access(side) for side in (stacks, head)]
    grants, exposures = tuple(access.grants(pair, *sides)), tuple(access.exposures(pair, *sides))
    kind = Kind.CHANGED if before else Kind.ADDED
    narrower = access.narrows(pair, *sides)
    change = Change(kind, before, after, changed, grants=grants, exposures=exposures, narrower=narrower)
    found = dangers(Difference([change], stacks, head))
    return [*grants, *exposures], [each.allowance.removeprefix("Allow-") for each in found]


def _access(stacks: Stacks) -> Any:
    if next(iter(stacks.values())).settings.cloud == "aws":
        return cloudformation_access.Access(stacks)
    return terraform_access.Access(_resources(stacks))


def _resources(stacks: Stacks) -> Iterator[Resource]:
    for stack in stacks.values():
        yield from stack.resources.values()


@pytest.fixture(scope="module")
def aws(assembly_folder: Path) -> Stacks:
    return cloudformation.Application(assembly_folder).stacks


@pytest.fixture(scope="module")
def gcp(gcp_folder: Path) -> Stacks:
    return terraform.Application(gcp_folder).stacks


DATA, SERVICE, NETWORK = "GoodiesProd-Data", "GoodiesProd-Service", "GoodiesProd-Network"
REPLICATION_ROLE, ROTATOR = f"{DATA}/Storage/Copier", f"{DATA}/Rotation/Function/ServiceRole"
COPIES = f"{REPLICATION_ROLE}/DefaultPolicy"
ENDPOINTS = f"{NETWORK}/Network/Endpoints"
SECOND_FACTOR = "GoodiesAccount/People/SecondFactor"


def split(settings: Json) -> None:
    found = statements(settings)
    wide = max(found, key=lambda each: len(each["Action"]) if isinstance(each["Action"], list) else 0)
    found.remove(wide)
    found.extend({**wide, "Action": action, "Resource": each} for action in wide["Action"] for each in wide["Resource"])


def _deny(settings: Json) -> Json:
    return next(each for each in statements(settings) if each["Effect"] == "Deny")


def without_refusals(settings: Json) -> None:
    settings["PolicyDocument"]["Statement"] = [each for each in statements(settings) if each["Effect"] != "Deny"]


def under_a_condition(settings: Json) -> None:
    """Let the first statement hold in one branch alone."""
    found = statements(settings)
    found[0] = {"Fn::If": ["Released", found[0], "${AWS::NoValue}"]}


def wider_in_one_branch(settings: Json) -> None:
    statements(settings).append({"Fn::If": ["Released", EVERYTHING, "${AWS::NoValue}"]})


SILENT_ON_AWS: dict[str, tuple[str, Edit]] = {
    "a part of a private range": (ENDPOINTS, lambda it: it["SecurityGroupIngress"][0].update(CidrIp="10.30.64.0/18")),
    "a range in two": (
        ENDPOINTS,
        lambda it: it.update(
            SecurityGroupIngress=[
                {**it["SecurityGroupIngress"][0], "CidrIp": half} for half in ("10.30.0.0/17", "10.30.128.0/17")
            ]
        ),
    ),
    "split": (COPIES, split),
    "in another order": (COPIES, lambda it: statements(it).reverse()),
    "with other names of statements": (COPIES, lambda it: statements(it)[0].update(Sid="Read")),
    "one statement less": (COPIES, lambda it: statements(it).pop()),
    "a condition more": (COPIES, lambda it: statements(it)[0].update(Condition=ENCRYPTED)),
    "in one branch alone": (COPIES, under_a_condition),
    "a narrower resource": (COPIES, lambda it: statements(it)[1].update(Resource="${Storage/Uploads.Arn}/reports/*")),
    "a managed policy less": (ROTATOR, lambda it: it["ManagedPolicyArns"].pop()),
    "a narrower trust": (
        REPLICATION_ROLE,
        lambda it: statements(it, "AssumeRolePolicyDocument")[0].update(
            Condition={"StringEquals": {"aws:SourceAccount": "111122223333"}}
        ),
    ),
    "within a boundary": (
        REPLICATION_ROLE,
        lambda it: it.update(PermissionsBoundary="${GoodiesAccount:People/SecondFactor}"),
    ),
    "more refused that nobody allows": (
        SECOND_FACTOR,
        lambda it: statements(it).append({**EVERYTHING, "Effect": "Deny", "Action": "organizations:*"}),
    ),
    "less excepted from a refusal": (SECOND_FACTOR, lambda it: _deny(it)["NotAction"].pop()),
    "a newer TLS": (
        f"{DATA}/Storage/Uploads/Policy",
        lambda it: statements(it)[1]["Condition"]["NumericLessThan"].update({"s3:TlsVersion": 1.3}),
    ),
}
NEW_ON_AWS: dict[str, tuple[str, Edit, str]] = {
    "everything": (COPIES, lambda it: statements(it).append(EVERYTHING), "Storage/Copier may * on *"),
    "everything but IAM": (
        COPIES,
        lambda it: statements(it).append({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
        "Storage/Copier may everything but iam:* on *",
    ),
    "everything in one branch": (
        COPIES,
        wider_in_one_branch,
        "Storage/Copier may * on * if Released is met",
    ),
    "a role that it may give away": (
        COPIES,
        lambda it: statements(it).append({"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}),
        "Storage/Copier may iam:PassRole on *",
    ),
    "a policy for another role, too": (
        COPIES,
        lambda it: it["Roles"].append("${Rotation/Function/ServiceRole}"),
        "Rotation/Function/ServiceRole may",
    ),
    "a managed policy that a role names": (
        "GoodiesProd-Recovery/Storage/Writers",
        lambda it: statements(it).append(EVERYTHING),
        "GoodiesProd-Data:Storage/Copier may * on *",
    ),
    "a managed policy of AWS": (
        ROTATOR,
        lambda it: it["ManagedPolicyArns"].append("arn:aws:iam::aws:policy/AdministratorAccess"),
        "Rotation/Function/ServiceRole may everything of AdministratorAccess on *",
    ),
    "a second factor that counts the other way": (
        SECOND_FACTOR,
        lambda it: _deny(it)["Condition"]["BoolIfExists"].update({"aws:MultiFactorAuthPresent": "true"}),
        "no longer refused: People/Group may everything but",
    ),
    "no second factor": (SECOND_FACTOR, without_refusals, "no longer refused: People/Group may everything but"),
    "more excepted from a second factor": (
        SECOND_FACTOR,
        lambda it: _deny(it)["NotAction"].append("s3:*"),
        "no longer refused: People/Group may everything but",
    ),
    "a second factor where a condition is met": (
        SECOND_FACTOR,
        lambda it: it.update(Condition="Released"),
        "no longer refused: People/Group may everything but",
    ),
    "a group without its policy": (
        "GoodiesAccount/People/Group",
        lambda it: it.update(ManagedPolicyArns=[]),
        "no longer refused: People/Group may everything but",
    ),
    "everything refused": (
        SECOND_FACTOR,
        lambda it: statements(it).append({**EVERYTHING, "Effect": "Deny"}),
        "refused from now on: People/Group may iam:ChangePassword",
    ),
    "a trust that refuses": (
        REPLICATION_ROLE,
        lambda it: statements(it, "AssumeRolePolicyDocument")[0].update(Effect="Deny"),
        "refused from now on: s3.amazonaws.com may sts:AssumeRole on Storage/Copier",
    ),
    "a queue that refuses whatever comes": (
        "GoodiesAccount/Messages/Undelivered/Policy",
        lambda it: _deny(it).pop("Condition"),
        "refused from now on: events.amazonaws.com may sqs:SendMessage on Messages/Undelivered",
    ),
    "a queue that refuses what an identity may": (
        f"{DATA}/Archive/NotStarted/Policy",
        lambda it: _deny(it)["Condition"]["Bool"].pop("aws:SecureTransport"),
        "may sqs:SendMessage on Archive/NotStarted",
    ),
    "a trust of another account": (
        REPLICATION_ROLE,
        lambda it: statements(it, "AssumeRolePolicyDocument").append(
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}}
        ),
        "arn:aws:iam::999999999999:root may sts:AssumeRole on Storage/Copier",
    ),
    "a trust of another service": (
        REPLICATION_ROLE,
        lambda it: statements(it, "AssumeRolePolicyDocument")[0].update(Principal={"Service": "ec2.amazonaws.com"}),
        "ec2.amazonaws.com may sts:AssumeRole on Storage/Copier",
    ),
    "a bucket that takes plain text": (
        f"{DATA}/Storage/Uploads/Policy",
        without_refusals,
        "no longer refused: * may s3:* on Storage/Uploads, Storage/Uploads/* if aws:SecureTransport Bool false",
    ),
    "an older TLS": (
        f"{DATA}/Storage/Uploads/Policy",
        lambda it: statements(it)[1]["Condition"]["NumericLessThan"].update({"s3:TlsVersion": 1.1}),
        "no longer refused: * may s3:* on Storage/Uploads, Storage/Uploads/* if s3:TlsVersion NumericLessThan 1.2",
    ),
    "a bucket for everybody": (
        f"{DATA}/Storage/Uploads/Policy",
        lambda it: statements(it).append({**ANYBODY, "Action": "s3:GetObject"}),
        "* may s3:GetObject on *",
    ),
    "a key of another account": (
        "GoodiesProd-Foundation/Key/Key",
        lambda it: statements(it, "KeyPolicy").append(
            {**EVERYTHING, "Action": "kms:Decrypt", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}}
        ),
        "arn:aws:iam::999999999999:root may kms:Decrypt on *",
    ),
    "a vault for everybody": (
        f"{DATA}/Vault/Vault",
        lambda it: it.update(AccessPolicy={"Version": "2012-10-17", "Statement": [ANYBODY]}),
        "* may backup:* on *",
    ),
    "an endpoint for everybody": (
        f"{NETWORK}/Network/Vpc/secretsmanager",
        lambda it: it.update(PolicyDocument={"Statement": [{**ANYBODY, "Action": "*"}]}),
        "* may * on *",
    ),
    "a topic for whatever account": (
        "GoodiesAccount/Notifications/OnCall/Policy",
        lambda it: [each.pop("Condition", None) for each in statements(it)],
        "cloudwatch.amazonaws.com may sns:Publish on Notifications/OnCall",
    ),
    "a statement that nobody can read": (
        COPIES,
        lambda it: statements(it).append({"Fn::Transform": {"Name": "Rights"}}),
        "Storage/Copier may what nobody can read",
    ),
    "a policy that nobody can read": (
        COPIES,
        lambda it: it.update(PolicyDocument="${Rights}"),
        "Storage/Copier may what nobody can read: Rights",
    ),
    "a policy of a macro": (
        COPIES,
        lambda it: it.update(PolicyDocument={"Fn::Transform": {"Name": "Rights"}}),
        "Storage/Copier may what nobody can read",
    ),
    "no policy at all": (
        "GoodiesProd-Foundation/Key/Key",
        lambda it: it.pop("KeyPolicy"),
        "its policy is gone, so that the default of its type counts",
    ),
    "the database for two halves of the internet": (
        f"{DATA}/Database/Clients",
        lambda it: it.update(
            SecurityGroupIngress=[
                {"CidrIp": half, "IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432}
                for half in ("0.0.0.0/1", "128.0.0.0/1")
            ]
        ),
        "anybody on the internet reaches tcp port 5432",
    ),
    "every port of the internet from the data": (
        f"{DATA}/Rotation/Rotator",
        lambda it: it["SecurityGroupEgress"][0].update(IpProtocol="-1"),
        "what is there reaches all of the internet on every port",
    ),
    "no rule of what is called": (
        f"{DATA}/Database/Clients",
        lambda it: it.pop("SecurityGroupEgress"),
        "what is there reaches all of the internet on every port",
    ),
    "a private subnet on the internet": (
        f"{NETWORK}/Network/Vpc/PrivateSubnet1/DefaultRoute",
        lambda it: [it.pop("NatGatewayId"), it.update(GatewayId="${Network/Vpc/IGW}")],
        "is led to 0.0.0.0/0 and from the internet by its gateway",
    ),
}


@pytest.mark.parametrize(("address", "edit"), SILENT_ON_AWS.values(), ids=SILENT_ON_AWS)
def test_what_is_no_wider_on_aws_is_silent(address: str, edit: Edit, aws: Stacks) -> None:
    assert said(aws, address, edit) == ([], [])


@pytest.mark.parametrize(("address", "edit", "says"), NEW_ON_AWS.values(), ids=NEW_ON_AWS)
def test_what_is_new_on_aws_is_a_danger(address: str, edit: Edit, says: str, aws: Stacks) -> None:
    lines, needed = said(aws, address, edit)
    assert any(says in line for line in lines), lines
    assert set(needed) & {"Grant", "Open"}


def test_a_boundary_that_goes_is_said(aws: Stacks) -> None:
    role = find(aws, REPLICATION_ROLE)
    bounded = replace(role, settings={**role.settings, "PermissionsBoundary": "${GoodiesAccount:People/SecondFactor}"})
    side = aws[DATA]
    stacks = {**aws, DATA: replace(side, resources={**side.resources, role.id: bounded})}
    lines, needed = said(stacks, REPLICATION_ROLE, lambda it: it.pop("PermissionsBoundary"))
    assert "no longer refused: Storage/Copier may what its boundary does not allow on everything" in lines
    assert needed == ["Grant"]


@pytest.mark.parametrize("key", ["FromPort", "ToPort"])
def test_a_port_that_was_a_reference_is_another_one(aws: Stacks, key: str) -> None:
    rule = next(
        each
        for each in aws[DATA].resources.values()
        if each.type == "AWS::EC2::SecurityGroupIngress" and "${" in str(each.settings[key])
    )
    assert said(aws, rule.address, lambda it: it.update({key: 80})) == ([], ["Open"])


def test_a_statement_that_goes_to_another_role_is_said(aws: Stacks) -> None:
    lines, _ = said(
        aws, f"{ROTATOR}/DefaultPolicy", lambda it: statements(it).extend(statements(find(aws, COPIES).settings))
    )
    assert any("s3:GetReplicationConfiguration" in line for line in lines)


def test_a_statement_in_another_policy_of_the_same_role_is_silent(aws: Stacks) -> None:
    document = find(aws, COPIES).settings["PolicyDocument"]
    found = added(aws, f"{DATA}/More", "AWS::IAM::Policy", PolicyDocument=document, Roles=["${Storage/Copier}"])
    assert found == ([], [])


def test_a_new_role_that_a_service_takes_is_silent_and_one_that_others_take_is_not(aws: Stacks) -> None:
    def trusted(principal: Json) -> Json:
        return {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}]}

    service = trusted({"Service": "lambda.amazonaws.com"})
    others = trusted({"Federated": "token.actions.githubusercontent.com"})
    assert added(aws, f"{DATA}/Idle", "AWS::IAM::Role", AssumeRolePolicyDocument=service) == ([], [])
    lines, needed = added(aws, f"{DATA}/Idle", "AWS::IAM::Role", AssumeRolePolicyDocument=others)
    assert (lines, needed) == (["token.actions.githubusercontent.com may sts:AssumeRole on Idle"], ["Grant"])


DENY, NOBODY = "gcp-prod/Connections/deny-ingress", "gcp-prod/Service/Network/nobody"
CALLERS, ROLLBACK = "gcp-prod/Service/Network/callers", "gcp-prod/Undo/undo"
BALANCERS = "gcp-prod/Connections/from-load-balancers-us-central1"


def rules(settings: Json) -> Json:
    return settings["rule"]


def block(value: Json) -> Json:
    return value[0] if isinstance(value, list) else value


SILENT_ON_GCP: dict[str, tuple[str, Edit]] = {
    "fewer verbs": (ROLLBACK, lambda it: rules(it)[0].update(verbs=["get"])),
    "rules in two": (ROLLBACK, lambda it: rules(it).extend([{**rules(it)[0], "verbs": ["get"]}])),
    "one name of all": (ROLLBACK, lambda it: rules(it)[1].update(resource_names=["one"])),
    "fewer permissions": ("gcp-prod/Archive/role", lambda it: it["permissions"].pop()),
    "a condition": (
        "gcp-prod/Archive/log",
        lambda it: it.update(condition={"title": "t", "expression": "request.time < timestamp('2030-01-01')"}),
    ),
    "a protocol less": ("gcp-prod/Connections/to-cluster-us-central1", lambda it: it["allow"].pop()),
    "a role that another holds": ("gcp-prod/Archive/writer", lambda it: it.update(role="roles/storage.objectViewer")),
}
NEW_ON_GCP: dict[str, tuple[str, Edit, str]] = {
    "another group of an API": (
        ROLLBACK,
        lambda it: rules(it)[1].update(api_groups=["*"]),
        "/undo may list on replicasets of *",
    ),
    "resources of the core": (
        ROLLBACK,
        lambda it: rules(it)[1].update(api_groups=[""]),
        "/undo may list on replicasets",
    ),
    "every name": (ROLLBACK, lambda it: rules(it)[0].pop("resource_names"), "may get, update"),
    "every verb": (ROLLBACK, lambda it: rules(it)[1].update(verbs=["*"]), "may *"),
    "a role of all": ("gcp-prod/Archive/log", lambda it: it.update(role="roles/owner"), "may roles/owner on"),
    "another member": ("gcp-prod/Archive/log", lambda it: it.update(member="user:a@b.c"), "user:a@b.c may"),
    "a member without a condition": ("gcp-prod/Records/writer", lambda it: it.pop("condition"), "may roles/"),
    "a permission": (
        "gcp-prod/Archive/role",
        lambda it: it["permissions"].append("cloudsql.instances.delete"),
        "a holder of goodiesDatabaseArchive may cloudsql.instances.delete",
    ),
    "another one who undoes": (
        "gcp-prod/Undo/binding",
        lambda it: it.update(subject=[{"kind": "Group", "name": "system:authenticated"}]),
        "Group system:authenticated may",
    ),
    "a refusal that is off": (DENY, lambda it: it.update(disabled=True), "no longer refused: anybody on the internet"),
    "a refusal that lets in": (DENY, lambda it: it.update(allow=it.pop("deny")), "anybody on the internet reaches"),
    "no source": (BALANCERS, lambda it: it.pop("source_ranges"), "anybody on the internet reaches tcp port 8000"),
    "half of the internet": (
        BALANCERS,
        lambda it: it.update(source_ranges=["0.0.0.0/1", "128.0.0.0/1"]),
        "anybody on the internet reaches tcp port 8000",
    ),
    "the internet from the nodes": (
        "gcp-prod/Connections/to-cluster-us-central1",
        lambda it: it.update(destination_ranges=["0.0.0.0/0"]),
        "Cluster/nodes.email reaches all of the internet on tcp every port",
    ),
    "a refusal of callers alone": (
        NOBODY,
        lambda it: block(it["spec"]).update(policy_types=["Ingress"]),
        "no longer refused: what is there reaches all of the internet on every port",
    ),
    "more of the internet than was excepted": (
        CALLERS,
        lambda it: block(block(block(it["spec"])["ingress"])["from"])["ip_block"].update(
            {"cidr": "52.0.0.0/8", "except": ["52.0.0.0/9"]}
        ),
        "52.128.0.0/9 on the internet reaches tcp port 8000",
    ),
    "no source of a policy": (
        CALLERS,
        lambda it: block(block(it["spec"])["ingress"]).pop("from"),
        "anybody on the internet reaches tcp port 8000",
    ),
    "a name of the control plane": (
        "gcp-prod/Cluster/cluster",
        lambda it: block(it["control_plane_endpoints_config"])["ip_endpoints_config"].update(enabled=True),
        "control plane has an address",
    ),
    "rights for whoever has an account": (
        "gcp-prod/Cluster/cluster",
        lambda it: it["rbac_binding_config"].update(enable_insecure_binding_system_authenticated=True),
        "a role can be given to everybody",
    ),
    "a network that reaches the database": (
        "gcp-prod/Database/instance",
        lambda it: block(block(it["settings"])["ip_configuration"]).update(authorized_networks=WHOLE_INTERNET),
        "anybody on the internet reaches the database",
    ),
}
ADDED_ON_GCP: dict[str, tuple[str, dict[str, Json], str]] = {
    "a list of access": (
        "google_storage_bucket_access_control",
        {"bucket": "b", "entity": "allUsers", "role": "READER"},
        "anybody on the internet may READER",
    ),
    "a member": (
        "google_storage_bucket_iam_member",
        {"bucket": "b", "member": "allUsers", "role": "roles/storage.objectViewer"},
        "anybody on the internet may roles/storage.objectViewer",
    ),
    "a key": ("google_service_account_key", {"service_account_id": "robot"}, "whoever has the key is robot"),
    "a binding": (
        "google_project_iam_binding",
        {"project": "p", "role": "roles/viewer", "members": ["user:a@b.c"]},
        "nobody else has roles/viewer there",
    ),
    "a policy for all pods": (
        "kubernetes_network_policy_v1",
        {
            "metadata": {"name": "all", "namespace": "goodies"},
            "spec": {"pod_selector": {}, "policy_types": ["Ingress"], "ingress": [{}]},
        },
        "anybody on the internet reaches every port",
    ),
    "the same as a manifest": (
        "kubernetes_manifest",
        {
            "manifest": {
                "kind": "NetworkPolicy",
                "metadata": {"name": "all", "namespace": "goodies"},
                "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{}]},
            }
        },
        "anybody on the internet reaches every port",
    ),
    "a role as a manifest": (
        "kubernetes_manifest",
        {
            "manifest": {
                "kind": "ClusterRole",
                "metadata": {"name": "all"},
                "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}],
            }
        },
        "a holder of ClusterRole all may * on",
    ),
    "a way to the internet": (
        "google_compute_route",
        {"dest_range": "0.0.0.0/0", "next_hop_gateway": "default-internet-gateway"},
        "is led to 0.0.0.0/0 by the internet gateway",
    ),
    "an entrance": (
        "google_compute_global_forwarding_rule",
        {"target": "${Edge/http.id}", "port_range": "8080"},
        "anybody on the internet reaches Edge/http.id on port 8080",
    ),
    "a function": ("google_cloudfunctions2_function", {"name": "f"}, "its address answers on the internet"),
    "another network": ("google_compute_network_peering", {"peer_network": "x"}, "another network is connected: x"),
}


@pytest.mark.parametrize(("address", "edit"), SILENT_ON_GCP.values(), ids=SILENT_ON_GCP)
def test_what_is_no_wider_on_google_cloud_is_silent(address: str, edit: Edit, gcp: Stacks) -> None:
    assert said(gcp, address, edit) == ([], [])


@pytest.mark.parametrize(("address", "edit", "says"), NEW_ON_GCP.values(), ids=NEW_ON_GCP)
def test_what_is_new_on_google_cloud_is_a_danger(address: str, edit: Edit, says: str, gcp: Stacks) -> None:
    lines, needed = said(gcp, address, edit)
    assert any(says in line for line in lines), lines
    assert set(needed) & {"Grant", "Open"}


@pytest.mark.parametrize(("kind", "settings", "says"), ADDED_ON_GCP.values(), ids=ADDED_ON_GCP)
def test_what_comes_on_google_cloud_is_a_danger(kind: str, settings: dict[str, Json], says: str, gcp: Stacks) -> None:
    lines, needed = added(gcp, "gcp-prod/New/thing", kind, **settings)
    assert any(says in line for line in lines), lines
    assert set(needed) & {"Grant", "Open"}


@pytest.mark.parametrize(
    ("kind", "settings", "says"),
    [
        (
            "AWS::EC2::SecurityGroupIngress",
            {"CidrIp": "52.0.0.0/11"},
            "52.0.0.0/11 on the internet reaches tcp port 22",
        ),
        ("AWS::EC2::SecurityGroupIngress", {"SourcePrefixListId": "pl-1"}, "the addresses of the list pl-1 reaches"),
        ("AWS::EC2::SecurityGroupIngress", {}, "anybody on the internet reaches tcp port 22"),
        ("AWS::EC2::SecurityGroupIngress", {"CidrIp": "${Office}"}, "Office reaches tcp port 22"),
        ("AWS::EC2::PrefixList", {"Entries": [{"Cidr": "0.0.0.0/0"}]}, "anybody on the internet reaches every port"),
    ],
)
def test_a_new_rule_of_a_group_lets_somebody_in(kind: str, settings: dict[str, Json], says: str, aws: Stacks) -> None:
    ports = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "GroupId": "${Database/Clients.GroupId}"}
    lines, needed = added(aws, f"{DATA}/Database/Clients/more", kind, **ports, **settings)
    assert any(says in line for line in lines), lines
    assert "Open" in needed


def test_nothing_is_new_beside_itself(aws: Stacks, gcp: Stacks) -> None:
    sides = (
        (cloudformation_access, cloudformation_access.Access(aws), _resources(aws)),
        (terraform_access, terraform_access.Access(_resources(gcp)), _resources(gcp)),
    )
    found = []
    for access, side, resources in sides:
        module: Any = access
        for resource in resources:
            pair = Pair(resource, resource, tuple(edits({}, {"touched": True})))
            found += [*module.grants(pair, side, side), *module.exposures(pair, side, side)]
    assert found == []


def test_a_new_environment_opens_nothing_but_what_the_internet_reaches(aws: Stacks, gcp: Stacks) -> None:
    lines = []
    for stacks, name in ((aws, "GoodiesProd"), (gcp, "gcp-prod")):
        module: Any = cloudformation_access if stacks is aws else terraform_access
        sides = [_access({key: each for key, each in stacks.items() if not key.startswith(name)}), _access(stacks)]
        for resource in _resources(stacks):
            if resource.stack.startswith(name):
                lines += [*module.exposures(Pair(None, resource), *sides)]
    assert lines == []
