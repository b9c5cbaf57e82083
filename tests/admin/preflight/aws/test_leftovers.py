"""Leftovers of a failed creation or of a deletion, with the command that clears them."""

from collections.abc import Callable

import pytest

from admin.preflight.aws.needs import Needs
from admin.preflight.model import Answer, State
from assembly.values import Json
from tests.admin.preflight.aws.answers import DENIED, ID, NO_STACK, THROTTLED, Answers, Given, Refused, summaries

Ask = Callable[..., Answer]

SECRET = "goodies/prod/jwt-secret"
ARN = f"arn:aws:secretsmanager:us-east-1:{ID}:secret:{SECRET}-AbCdEf"
KEY = "mrk-1234567890abcdef1234567890abcdef"


def stack(status: str) -> Json:
    return {"Stacks": [{"StackName": "it", "CreationTime": "2026-01-01T00:00:00Z", "StackStatus": status}]}


@pytest.mark.parametrize(
    ("given", "state", "step"),
    [
        (NO_STACK, State.FINE, ""),
        (stack("CREATE_COMPLETE"), State.FINE, ""),
        (stack("UPDATE_ROLLBACK_COMPLETE"), State.FINE, ""),
        (stack("REVIEW_IN_PROGRESS"), State.FINE, ""),
        (stack("DELETE_COMPLETE"), State.FINE, ""),
        (stack("ROLLBACK_COMPLETE"), State.MISSING, "delete-stack"),
        (stack("ROLLBACK_FAILED"), State.MISSING, "delete-stack"),
        (stack("DELETE_FAILED"), State.MISSING, "delete-stack"),
        (stack("CREATE_FAILED"), State.MISSING, "delete-stack"),
        (stack("UPDATE_ROLLBACK_FAILED"), State.MISSING, "continue-update-rollback"),
        (stack("UPDATE_IN_PROGRESS"), State.UNKNOWN, "has ended"),
        (DENIED, State.UNKNOWN, ""),
        (THROTTLED, State.UNKNOWN, ""),
        (Refused("ValidationError", "1 validation error detected"), State.UNKNOWN, ""),
    ],
)
def test_stack(ask: Ask, given: Given, state: State, step: str) -> None:
    answers = Answers({"cloudformation:DescribeStacks": given, "cloudformation:ListStackResources": summaries([])})
    answer = ask("Stack GoodiesProd-Data,", answers)
    assert answer.state is state
    assert step in "\n".join(answer.next_steps)


def test_a_dead_stack_is_unprotected_first_and_says_what_it_leaves(ask: Ask) -> None:
    failed = summaries([("Database", "AWS::RDS::DBInstance", "db1")], status="DELETE_FAILED")["StackResourceSummaries"]
    kept = summaries([("Key", "AWS::KMS::Key", "k1")], status="DELETE_SKIPPED")["StackResourceSummaries"]
    gone = summaries([("Old", "AWS::RDS::DBInstance", "db0")], status="DELETE_COMPLETE")["StackResourceSummaries"]
    answers = Answers(
        {
            "cloudformation:DescribeStacks": stack("ROLLBACK_FAILED"),
            "cloudformation:ListStackResources": [
                {"StackResourceSummaries": gone, "NextToken": "a"},
                {"StackResourceSummaries": [*failed, *kept]},
            ],
        }
    )
    protection, termination, deletion, left = ask("Stack GoodiesProd-Data,", answers).next_steps
    assert protection.startswith("aws rds modify-db-instance --db-instance-identifier db1 --no-deletion-protection")
    assert "--no-enable-termination-protection --stack-name GoodiesProd-Data --region us-east-1" in termination
    assert deletion == "aws cloudformation delete-stack --stack-name GoodiesProd-Data --region us-east-1"
    assert left == "It leaves behind: AWS::KMS::Key k1"


def secrets(*entries: Json) -> list[Json]:
    return [
        {"SecretList": [], "NextToken": "a"},
        {"SecretList": [{"Name": f"{SECRET}-old", "ARN": f"{ARN}-old"}, *entries]},
    ]


@pytest.mark.parametrize(
    ("listed", "owned", "state", "step"),
    [
        (secrets(), False, State.FINE, ""),
        (secrets({"Name": SECRET, "ARN": ARN}), True, State.FINE, ""),
        (secrets({"Name": SECRET, "ARN": ARN}), False, State.MISSING, "--force-delete-without-recovery"),
        (
            secrets({"Name": SECRET, "ARN": ARN, "DeletedDate": "2026-01-01T00:00:00Z"}),
            False,
            State.MISSING,
            "--force-delete-without-recovery",
        ),
        (
            secrets({"Name": SECRET, "ARN": ARN, "DeletedDate": "2026-01-01T00:00:00Z"}),
            True,
            State.MISSING,
            "restore-secret",
        ),
        (DENIED, False, State.UNKNOWN, ""),
    ],
)
def test_secret(ask: Ask, needs: Needs, listed: Given, *, owned: bool, state: State, step: str) -> None:
    (secret,) = (
        each for each in needs.resources("AWS::SecretsManager::Secret") if each.properties.get("Name") == SECRET
    )
    held: Json = summaries([(secret.id, secret.type, ARN)]) if owned else NO_STACK
    given = list(listed) if isinstance(listed, list) else listed
    answers = Answers({"secretsmanager:ListSecrets": given, "cloudformation:ListStackResources": held})
    answer = ask(f"{SECRET},", answers)
    assert answer.state is state
    assert step in "\n".join(answer.next_steps)
    parameters = next(params for action, _, params in answers.calls if action == "secretsmanager:ListSecrets")
    assert parameters["IncludePlannedDeletion"] is True


@pytest.mark.parametrize(
    ("given", "state"),
    [
        (Refused("RepositoryNotFoundException"), State.FINE),
        ({"repositories": [{"repositoryName": "goodies/funkygibbon"}]}, State.MISSING),
        ({"repositories": []}, State.UNKNOWN),
        (DENIED, State.UNKNOWN),
    ],
)
def test_repository(ask: Ask, given: Given, state: State) -> None:
    answers = Answers({"ecr:DescribeRepositories": given, "cloudformation:ListStackResources": NO_STACK})
    assert ask("goodies/funkygibbon, us-east-1", answers).state is state


@pytest.mark.parametrize(
    ("given", "state"),
    [
        (Refused("DBInstanceNotFound"), State.FINE),
        ({"DBInstances": [{"DBInstanceIdentifier": "goodies-prod"}]}, State.MISSING),
        ({"DBInstances": []}, State.UNKNOWN),
        (DENIED, State.UNKNOWN),
    ],
)
def test_database_of_a_stack_that_is_gone(ask: Ask, given: Given, state: State) -> None:
    answers = Answers({"rds:DescribeDBInstances": given, "cloudformation:ListStackResources": NO_STACK})
    answer = ask("goodies-prod, us-west-2", answers)
    assert answer.state is state
    assert ("delete-db-instance" in "\n".join(answer.next_steps)) is (state is State.MISSING)


def recorded(**values: str) -> Given:
    def answer(_: str, parameters: Json) -> Given:
        value = values.get(parameters["Name"].rpartition("/")[2])
        return {"Parameter": {"Value": value}} if value else Refused("ParameterNotFound")

    return answer


@pytest.mark.parametrize(
    ("stacks", "given", "state", "steps"),
    [
        (NO_STACK, recorded(), State.FINE, 0),
        (NO_STACK, recorded(release="none", running="none"), State.FINE, 0),
        (NO_STACK, recorded(release="0.3.0-2a1ec34", running="none"), State.MISSING, 1),
        (NO_STACK, recorded(release="0.3.0-2a1ec34", running="0.3.0-2a1ec34"), State.MISSING, 2),
        (stack("ROLLBACK_COMPLETE"), recorded(release="0.3.0-2a1ec34"), State.MISSING, 1),
        (stack("UPDATE_COMPLETE"), recorded(release="0.3.0-2a1ec34"), State.FINE, 0),
        (NO_STACK, DENIED, State.UNKNOWN, 0),
        (DENIED, recorded(), State.UNKNOWN, 0),
    ],
)
def test_a_release_of_an_environment_that_is_gone(
    ask: Ask, stacks: Given, given: Given, state: State, steps: int
) -> None:
    answer = ask("Release of prod", Answers({"cloudformation:DescribeStacks": stacks, "ssm:GetParameter": given}))
    assert (answer.state, len(answer.next_steps)) == (state, steps)
    assert all(step.startswith("aws ssm delete-parameter --name /goodies/prod/") for step in answer.next_steps)


def key(state: str, *replicas: str) -> Json:
    regions = {
        "ReplicaKeys": [{"Arn": f"arn:aws:kms:{region}:{ID}:key/{KEY}", "Region": region} for region in replicas]
    }
    return {"KeyMetadata": {"KeyId": KEY, "KeyState": state, "MultiRegionConfiguration": regions}}


@pytest.mark.parametrize(
    ("given", "state", "step"),
    [
        (key("Enabled"), State.FINE, ""),
        (key("PendingDeletion"), State.MISSING, "cancel-key-deletion"),
        (key("PendingReplicaDeletion"), State.MISSING, "cancel-key-deletion"),
        (key("Disabled"), State.MISSING, "enable-key"),
        (DENIED, State.UNKNOWN, ""),
    ],
)
def test_key(ask: Ask, needs: Needs, given: Given, state: State, step: str) -> None:
    primary = next(each for each in needs.resources("AWS::KMS::Key") if each.stack == "GoodiesProd-Foundation")
    held = summaries([(primary.id, primary.type, KEY)])
    answers = Answers({"kms:DescribeKey": given, "cloudformation:ListStackResources": held})
    answer = ask("Key of GoodiesProd-Foundation,", answers)
    assert answer.state is state
    assert step in "\n".join(answer.next_steps)


@pytest.mark.parametrize(
    ("primary", "replica", "state", "step"),
    [
        (key("Enabled"), key("Enabled"), State.FINE, ""),
        (key("Enabled", "eu-west-1"), key("Enabled"), State.FINE, ""),
        (key("Enabled", "us-west-2"), key("Enabled"), State.MISSING, "cdk import"),
        (key("Enabled", "us-west-2"), key("PendingDeletion"), State.MISSING, "cancel-key-deletion"),
        (key("Enabled", "us-west-2"), DENIED, State.UNKNOWN, ""),
    ],
)
def test_replica_of_a_failed_creation(
    ask: Ask, needs: Needs, *, primary: Given, replica: Given, state: State, step: str
) -> None:
    original = next(each for each in needs.resources("AWS::KMS::Key") if each.stack == "GoodiesProd-Foundation")
    (copy,) = needs.resources("AWS::KMS::ReplicaKey")

    def resources(_: str, parameters: Json) -> Given:
        return summaries([(original.id, original.type, KEY)]) if parameters["StackName"] == original.stack else NO_STACK

    answers = Answers(
        {
            "kms:DescribeKey": lambda region, _: primary if region == original.region else replica,
            "cloudformation:ListStackResources": resources,
        }
    )
    answer = ask(f"Key of {copy.stack}, {copy.region}", answers)
    assert answer.state is state
    assert step in "\n".join(answer.next_steps)
