"""Password rotation: the package runs without other libraries, and its event starts the restart."""

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from tests.aws.iam import statements
from tests.aws.resources import Environment
from tests.aws.state_machines import run

# Lambda brings boto3; everything else must come along.
_ALONE = """
import sys, types
sys.path.insert(0, sys.argv[1])
for name in ("boto3", "botocore", "botocore.exceptions"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["botocore.exceptions"].ClientError = Exception
import rotation
print(rotation.handle.__name__)
"""


def _asset(folder: Path) -> Path:
    (found,) = folder.glob("asset.*/rotation.py")
    return found.parent


@pytest.mark.plan("SEC-8/rotated")
def test_the_packed_program_needs_nothing_but_boto3(assembly_folder: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", _ALONE, str(_asset(assembly_folder))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout.strip() == "handle", run.stderr


def test_no_byte_code_and_no_record_of_the_installation_is_packed(assembly_folder: Path) -> None:
    packed = {path.suffix or path.name for path in _asset(assembly_folder).rglob("*") if path.is_file()}
    assert packed == {".py", ".pem", "METADATA"}


@pytest.mark.plan("SEC-8/rotated")
def test_both_passwords_of_the_database_change_every_thirty_days(environment: Environment) -> None:
    schedules = environment.resources("AWS::SecretsManager::RotationSchedule", "Data")
    assert [schedule["RotationRules"]["AutomaticallyAfterDays"] for schedule in schedules] == [30, 30]


@pytest.mark.plan("SEC-8/rotated")
def test_a_new_password_restarts_the_service(environment: Environment) -> None:
    rule = environment.one("AWS::Events::Rule", "Service/Restart/Rotated")
    assert rule["EventPattern"]["source"] == ["goodies.rotation"]
    state_machine = environment.one("AWS::StepFunctions::StateMachine", "Service/Restart/Restart")
    assert rule["Targets"][0]["Arn"] == state_machine
    calls = run(state_machine, {}, {"ecs:listServiceDeployments": [{"ServiceDeployments": []}]}).calls
    (restart,) = calls["ecs:updateService"]
    assert restart["ForceNewDeployment"] is True


@pytest.mark.plan("SEC-8/rotated")
def test_a_restart_waits_for_the_deployment_that_is_under_way(environment: Environment) -> None:
    state_machine = environment.one("AWS::StepFunctions::StateMachine", "Service/Restart/Restart")
    busy = {"ServiceDeployments": [{"Status": "IN_PROGRESS"}]}
    calls = run(state_machine, {}, {"ecs:listServiceDeployments": [busy, busy, {"ServiceDeployments": []}]}).calls
    assert len(calls["ecs:listServiceDeployments"]) == 3
    assert set(calls["ecs:listServiceDeployments"][0]["Status"]) == {
        "PENDING",
        "IN_PROGRESS",
        "STOP_REQUESTED",
        "ROLLBACK_REQUESTED",
        "ROLLBACK_IN_PROGRESS",
    }
    assert len(calls["ecs:updateService"]) == 1


@pytest.mark.plan("SEC-8/rotated")
def test_the_first_rotation_waits_for_the_way_to_the_database(environment: Environment) -> None:
    rules = [
        rule
        for kind in ("AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress")
        for rule in environment.resources(kind, "Data")
    ]
    assert len(rules) == 2
    for schedule in environment.resources("AWS::SecretsManager::RotationSchedule", "Data"):
        assert {rule.logical_id for rule in rules} <= set(schedule.body["DependsOn"]), schedule


def test_the_authority_of_every_databases_region_is_packed(assembly_folder: Path, environment: Environment) -> None:
    packed = (_asset(assembly_folder) / "rds_authorities.pem").read_text()
    names = {
        next(attribute.value for attribute in certificate.subject if attribute.oid == NameOID.COMMON_NAME)
        for certificate in x509.load_pem_x509_certificates(packed.encode())
    }
    for database in environment.resources("AWS::RDS::DBInstance"):
        assert database["CACertificateIdentifier"] == "rds-ca-rsa2048-g1"
        assert f"Amazon RDS {database.region} Root CA RSA2048 G1" in names


@pytest.mark.plan("DR-7/region")
def test_the_rotation_may_write_the_secrets_replicas(prod: Environment) -> None:
    replica = prod.one("AWS::KMS::ReplicaKey")
    given = {
        action
        for statement in statements(prod)
        if statement.holder.path.startswith("Rotation/Function") and str(replica) in statement.resources
        for action in statement.actions
    }
    assert given == {"kms:Encrypt", "kms:GenerateDataKey"}
