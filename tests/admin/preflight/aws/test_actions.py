"""A preflight reads by construction: each action is a read in AWS's own tables, and no other leaves the process."""

import re
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name
from policy_sentry.querying.actions import get_action_data

from admin.errors import WriteRefusedError
from admin.preflight.aws.actions import ACTIONS
from tests.admin.preflight.aws.answers import Answers

_SOURCES = Path(__file__).parents[4] / "admin" / "preflight" / "aws"
_VERBS = ("Describe", "Get", "List", "Simulate")
# The IAM prefix of a service, where it is another than boto3's name.
_PREFIXES = {"accessanalyzer": "access-analyzer", "elbv2": "elasticloadbalancing", "service-quotas": "servicequotas"}


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_each_action_reads(action: str) -> None:
    service, name = action.split(":")
    assert name.startswith(_VERBS)
    assert name in botocore.session.get_session().get_service_model(service).operation_names
    (known,) = get_action_data(_PREFIXES.get(service, service), name)[_PREFIXES.get(service, service)][:1]
    assert known["access_level"] in {"Read", "List"}


def test_what_is_listed_is_what_is_sent() -> None:
    """Each action stands in a source as boto3's method or paginator; what is not listed is refused."""
    text = "".join(file.read_text() for file in _SOURCES.glob("*.py"))
    called = set(re.findall(r"\.([a-z]+(?:_[a-z0-9]+)+)\(|\"([a-z]+(?:_[a-z0-9]+)+)\"", text))
    names = {name for pair in called for name in pair}
    assert {action for action in ACTIONS if xform_name(action.partition(":")[2]) not in names} == set()


@pytest.mark.parametrize(
    ("service", "method", "arguments"),
    [
        ("cloudformation", "delete_stack", {"StackName": "GoodiesProd"}),
        ("iam", "create_service_linked_role", {"AWSServiceName": "ecs.amazonaws.com"}),
        ("secretsmanager", "get_secret_value", {"SecretId": "goodies/prod/jwt-secret"}),
    ],
)
def test_anything_else_is_refused_before_it_is_sent(service: str, method: str, arguments: dict[str, str]) -> None:
    def sent(*_: object) -> None:
        raise AssertionError("it was sent")

    account = Answers({}, default=sent).account()
    with pytest.raises(WriteRefusedError, match="was not sent"):
        getattr(account.client(service, "us-east-1"), method)(**arguments)
