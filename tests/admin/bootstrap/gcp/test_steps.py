"""Steps of the bootstrap against the APIs of the embedded Google Cloud, as on the real one."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from admin.bootstrap.gcp.needs import AGENTS, AGENTS_OF_TYPES, Needs, read
from admin.bootstrap.gcp.steps import prepare
from admin.bootstrap.model import Outcome, Step
from admin.errors import BootstrapError
from tests.admin.bootstrap.gcp.world import Refused, World
from tests.gcp.terraform import Assembly

SHARED = "acme-goodies-shared"
BUCKET = f"{SHARED}-terraform-state"
KEY = f"projects/{SHARED}/locations/us/keyRings/goodies/cryptoKeys/goodies"
BILLING_ACCOUNT = "000000-000000-000000"
NOT_ENABLED = Refused(403, "Cloud KMS API has not been used in project 403404 before.", "SERVICE_DISABLED")

Run = Callable[..., list[Step]]


@pytest.fixture(scope="session")
def needs(stacks: Path) -> Needs:
    return read(stacks)


@pytest.fixture
def run(world: World, needs: Needs) -> Run:
    """Bootstrap the world."""
    return lambda needs=needs, dry=False: list(prepare(world.connection, needs, dry=dry))


def outcomes(steps: list[Step]) -> dict[tuple[str, str], Outcome]:
    return {(step.place.removeprefix("acme-goodies-"), step.what): step.outcome for step in steps}


@pytest.mark.plan("SEC-5")
def test_from_nothing_it_makes_all_that_the_first_deploy_needs(world: World, run: Run, needs: Needs) -> None:
    run()
    assert set(world.projects()) == {f"acme-goodies-{name}" for name in ("shared", "dev", "staging", "prod")}
    for project in needs.projects:
        billing = world.ask("GET", f"https://cloudbilling.googleapis.com/v1/projects/{project.id}/billingInfo")
        assert billing["billingAccountName"] == f"billingAccounts/{BILLING_ACCOUNT}"
        assert set(project.apis) <= world.apis_of(project.id)
    bucket = world.bucket(BUCKET)
    assert bucket["versioning"] == {"enabled": True}
    assert bucket["encryption"]["defaultKmsKeyName"] == KEY
    assert bucket["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"] is True
    assert bucket["iamConfiguration"]["publicAccessPrevention"] == "enforced"


@pytest.mark.plan("SEC-5")
def test_cloud_storage_may_encrypt_the_state(world: World, run: Run) -> None:
    run()
    agent = world.ask("GET", f"https://storage.googleapis.com/storage/v1/projects/{SHARED}/serviceAccount")
    (binding,) = world.ask("GET", f"https://cloudkms.googleapis.com/v1/{KEY}:getIamPolicy")["bindings"]
    assert binding["role"] == "roles/cloudkms.cryptoKeyEncrypterDecrypter"
    assert binding["members"] == [f"serviceAccount:{agent['email_address']}"]


def test_again_it_changes_nothing(world: World, run: Run) -> None:
    run()
    since = len(world.calls)
    again = run()
    assert Outcome.MADE not in outcomes(again).values()
    assert world.writes(since) == []


def test_half_done_it_goes_on(world: World, run: Run) -> None:
    run()
    world.ask("PATCH", f"https://storage.googleapis.com/storage/v1/b/{BUCKET}", {"versioning": {"enabled": False}})
    dev = "https://serviceusage.googleapis.com/v1/projects/acme-goodies-dev"
    world.ask("POST", f"{dev}/services/sqladmin.googleapis.com:disable", {})
    since = len(world.calls)
    made = [step for step in run() if step.outcome is Outcome.MADE]
    assert [(step.place, step.detail) for step in made] == [
        ("acme-goodies-dev", "sqladmin"),
        (SHARED, f"gs://{BUCKET}"),
    ]
    assert world.writes(since) == [
        f"POST {dev}/services:batchEnable",
        f"PATCH https://storage.googleapis.com/storage/v1/b/{BUCKET}",
    ]


@pytest.mark.parametrize("before", [False, True], ids=["of nothing", "of all"])
def test_a_dry_run_changes_nothing_and_says_what_it_would(world: World, run: Run, *, before: bool) -> None:
    if before:
        run()
    since = len(world.calls)
    steps = run(dry=True)
    assert [call for call in world.calls[since:] if not call.startswith("GET ") and "getIamPolicy" not in call] == []
    would = {step.what for step in steps if step.outcome is Outcome.WOULD}
    if before:
        assert all(what.endswith("service agents and their roles") for what in would)
    else:
        assert {"project", "billing, APIs, service agents", "key of the state", "bucket of the state"} <= would
        assert f"gs://{BUCKET}" in {step.detail for step in steps}


def test_without_billing_it_says_which_account(world: World, run: Run) -> None:
    world.refused = {"^PUT .*billingInfo": Refused(400, "Billing account is not open.")}
    with pytest.raises(BootstrapError, match=f"^{SHARED}: nothing pays for it.*{BILLING_ACCOUNT}.*is not open"):
        run()


def test_a_project_of_somebody_else_is_named(world: World, run: Run, needs: Needs) -> None:
    run(replace(needs, projects=needs.projects[:1]))
    staging = next(each for each in needs.projects if each.id.endswith("staging"))
    world.refused = {
        f"/v3/projects/{staging.id}": Refused(403, "The caller does not have permission"),
        "^POST .*/v3/projects$": Refused(409, "Requested entity already exists"),
    }
    with pytest.raises(BootstrapError, match=f"^{staging.id}: the project is not yours.*environments/"):
        run(replace(needs, projects=[needs.shared, staging]))


def test_a_project_that_is_being_deleted_is_named(world: World, run: Run) -> None:
    project = {"name": "projects/1", "projectId": SHARED, "state": "DELETE_REQUESTED"}
    world.answered = {f"/v3/projects/{SHARED}$": json.dumps(project).encode()}
    with pytest.raises(BootstrapError, match=rf"^{SHARED}: the project is DELETE_REQUESTED"):
        run()
    assert world.writes() == []


def test_a_project_belongs_to_the_organization(world: World, run: Run, needs: Needs) -> None:
    run(replace(needs, organization="123456789"))
    assert {project["parent"] for project in world.projects().values()} == {"organizations/123456789"}


def test_the_examples_are_refused_on_google_cloud_alone(world: World, gcp_folder: Path) -> None:
    examples = read(gcp_folder)
    with pytest.raises(BootstrapError, match=r"example-goodies-shared, .* are examples; set projects of your own"):
        list(prepare(world.connection, examples))
    assert world.calls == []
    assert list(prepare(replace(world.connection, embedded=True), examples))


def test_every_agent_that_a_resource_acts_through_exists_with_its_role(world: World, run: Run, gcp: Assembly) -> None:
    """Google grants no role to an agent that it creates on request, and a role that comes late stops the deploy."""
    run()
    for name, stack in gcp.stacks.items():
        project = f"acme-goodies-{name.removeprefix('gcp-')}"
        number = world.projects()[project]["name"].rpartition("/")[2]
        roles = {binding["role"]: binding["members"] for binding in world.policy(project)["bindings"]}
        for kind in {resource.type for resource in stack.resources()} & AGENTS_OF_TYPES.keys():
            for agent in (AGENTS[address] for address in AGENTS_OF_TYPES[kind]):
                made = f"/projects/{project}/services/{agent.api}:generateServiceIdentity"
                assert any(call.endswith(made) for call in world.calls), (name, kind)
                assert not agent.role or agent.member(number) in roles[agent.role], (name, kind)


def test_other_grants_of_a_policy_stay(world: World, run: Run) -> None:
    run()
    url = f"https://cloudresourcemanager.googleapis.com/v3/projects/{SHARED}"
    before = world.policy(SHARED)
    condition = {"title": "until then", "expression": "false"}
    first = before["bindings"][0]
    changed = {
        **before,
        "version": 3,
        "bindings": [
            {**first, "condition": condition},
            {"role": "roles/owner", "members": ["user:owner@acme.test"]},
            *before["bindings"][1:],
        ],
    }
    world.ask("POST", f"{url}:setIamPolicy", {"policy": changed})
    run()
    after = world.policy(SHARED)["bindings"]
    assert {"role": "roles/owner", "members": ["user:owner@acme.test"]} in after
    assert {**first, "condition": condition} in after
    assert first in after


def test_a_policy_that_somebody_else_changes_meanwhile_is_read_again(world: World, run: Run) -> None:
    world.refused = {f"{SHARED}:setIamPolicy": [Refused(409, "There were concurrent policy changes.")]}
    run()
    assert world.policy(SHARED)["bindings"]
    world.refused = {f"{SHARED}:setIamPolicy": Refused(409, "There were concurrent policy changes.")}
    world.ask("POST", f"https://cloudresourcemanager.googleapis.com/v3/projects/{SHARED}:setIamPolicy", {"policy": {}})
    with pytest.raises(BootstrapError, match="changed by somebody else all the time"):
        run()


def test_an_api_that_google_does_not_enable_is_named(world: World, run: Run) -> None:
    failed = {"done": True, "response": {"failures": [{"serviceId": "run.googleapis.com", "errorMessage": "Denied"}]}}
    world.answered = {"services:batchEnable": json.dumps(failed).encode()}
    with pytest.raises(BootstrapError, match=f"^{SHARED}: not enabled: run.googleapis.com: Denied"):
        run()


def test_the_network_that_google_makes_is_deleted_with_its_rules(world: World, run: Run) -> None:
    run()
    world.make_network("acme-goodies-dev", "default", "default-allow-icmp", "default-allow-ssh")
    world.make_network("acme-goodies-dev", "goodies", "allow-health-checks")
    steps = run()
    assert world.networks("acme-goodies-dev") == {"goodies": ["allow-health-checks"]}
    assert "default-allow-icmp, default-allow-ssh, default" in {step.detail for step in steps}


def test_a_default_network_with_virtual_machines_stays(world: World, run: Run) -> None:
    run()
    world.make_network("acme-goodies-dev", "default", "default-allow-ssh")
    machines = {"items": {"zones/us-central1-a": {"instances": [{"name": "a"}]}, "zones/us-central1-b": {}}}
    world.answered = {"acme-goodies-dev/aggregated/instances": json.dumps(machines).encode()}
    assert outcomes(run())["dev", "default network"] is Outcome.KEPT
    assert world.networks("acme-goodies-dev") == {"default": ["default-allow-ssh"]}


@pytest.mark.parametrize(
    ("request_", "refusal"),
    [
        ("keyRings/goodies$", NOT_ENABLED),
        ("services:batchEnable", Refused(400, "Another activation or deactivation is in progress for the service.")),
        ("services:batchEnable", Refused(400, "Billing must be enabled for activation of service(s) 'compute.")),
        (f"{SHARED}:setIamPolicy", Refused(400, "Service account service-1@gcp-sa-pubsub.example does not exist.")),
        ("POST .*storage/v1/b\\?project", Refused(403, "Permission denied on Cloud KMS key. Please ensure that")),
        ("POST .*/v3/projects$", Refused(503, "The service is currently unavailable.")),
    ],
    ids=["API", "activation", "billing", "identity", "role", "unavailable"],
)
def test_what_passes_by_itself_is_waited_for(world: World, run: Run, request_: str, refusal: Refused) -> None:
    world.refused = {request_: [refusal, refusal]}
    run()
    assert world.refused == {request_: []}
    assert world.bucket(BUCKET)


def test_a_dry_run_does_not_wait(world: World, run: Run) -> None:
    run()
    world.refused = {"keyRings/goodies$": [NOT_ENABLED, NOT_ENABLED]}
    assert outcomes(run(dry=True))["shared", "ring of keys"] is Outcome.WOULD
    assert world.refused["keyRings/goodies$"] == [NOT_ENABLED]
