"""AWS for the tests of a preflight: real clients of boto3 with given answers, which the models of the APIs validate."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError, ParamValidationError
from botocore.validate import validate_parameters

from admin.aws import Aws
from admin.preflight.aws.account import Account
from assembly.values import Json

ID = "111122223333"
# One for all tests: it loads the model of an API once.
_SESSION = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b")


@dataclass(frozen=True)
class Refused:
    """Answer with an error of AWS."""

    code: str
    message: str = ""


DENIED = Refused("AccessDeniedException", f"User: arn:aws:iam::{ID}:user/me is not authorized to perform: it")
THROTTLED = Refused("ThrottlingException", "Rate exceeded")
NO_STACK = Refused("ValidationError", "Stack with id it does not exist")
UNREACHABLE = EndpointConnectionError(endpoint_url="https://it.us-east-1.amazonaws.com")

# An answer, several for one call after the other, or what makes one of region and parameters.
Given = Any


@dataclass
class Answers:
    """Answers by action (``ec2:DescribeVpcs``); what is not given is denied.

    Attributes:
        given: of this test.
        calls: each call, with its region and its parameters.
    """

    given: Mapping[str, Given]
    calls: list[tuple[str, str, Json]] = field(default_factory=list)
    default: Given = DENIED

    def account(self, *, embedded: bool = False) -> Account:
        return Account(Aws(self.client, ID, "us-east-1", embedded=embedded))

    def client(self, service: str, region_name: str, config: Config) -> Any:
        assert config, "boto3 clients of the preflight have time limits"
        made = _SESSION.client(
            service,  # type: ignore[call-overload]
            region_name=region_name,
            config=Config(retries={"total_max_attempts": 1}),
        )
        made.meta.events.register("before-parameter-build", self._keep(region_name))
        made.meta.events.register("before-call", self._answer(region_name))
        return made

    def _keep(self, region: str) -> Callable[..., None]:
        def keep(params: Json, model: Any, **_: Any) -> None:
            self.calls.append((f"{model.service_model.service_name}:{model.name}", region, dict(params)))

        return keep

    def _answer(self, region: str) -> Callable[..., tuple[Any, Json]]:
        def answer(model: Any, **_: Any) -> tuple[Any, Json]:
            action = f"{model.service_model.service_name}:{model.name}"
            params = next(params for name, _, params in reversed(self.calls) if name == action)
            given = self.given.get(action, self.default)
            if callable(given):
                given = given(region, params)
            elif isinstance(given, list):
                given = given.pop(0)
            if isinstance(given, Exception):
                raise given
            if isinstance(given, Refused):
                error = {"Error": {"Code": given.code, "Message": given.message}}
                return Http(400), error
            try:
                if model.output_shape:
                    validate_parameters(given, model.output_shape)
            except ParamValidationError as error:
                raise AssertionError(f"{action} gives no such answer: {error}") from error
            return Http(200), {**given, "ResponseMetadata": {}}

        return answer


@dataclass(frozen=True)
class Http:
    """HTTP response, as far as botocore looks at it."""

    status_code: int
    headers: Mapping[str, str] = field(default_factory=dict)


def summaries(resources: Iterable[tuple[str, str, str]], status: str = "CREATE_COMPLETE") -> Json:
    """Return an answer of ListStackResources: logical id, type, physical id of each."""
    return {
        "StackResourceSummaries": [
            {
                "LogicalResourceId": logical_id,
                "ResourceType": kind,
                "PhysicalResourceId": physical_id,
                "LastUpdatedTimestamp": "2026-01-01T00:00:00Z",
                "ResourceStatus": status,
            }
            for logical_id, kind, physical_id in resources
        ]
    }
