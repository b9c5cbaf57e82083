"""Calls of MiniStack's services from within its own process."""

import os
import threading
from collections.abc import Mapping
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from ministack.core.responses import get_account_id, get_region

from local.emulator.request_shapes import to_request
from local.emulator.schemas import Properties


def call(
    service: str,
    operation: str,
    properties: Properties,
    *,
    renamed: Mapping[str, str] | None = None,
    region: str | None = None,
) -> Properties:
    """Call an operation of this very process, for the account of the stack at work.

    Args:
        service: the service's name in boto3.
        operation: the operation's name in the API.
        properties: the request, as a template would write it.
        renamed: the API's name of each property that it calls otherwise.
        region: where to call; without it, in the region of the stack.

    Raises:
        ValueError: the service's refusal, which becomes the resource's.
    """
    client = _client(service, region or str(get_region()), str(get_account_id()))
    try:
        answer = client._make_api_call(operation, to_request(properties, request_shape(service, operation), renamed))
    except (ClientError, BotoCoreError) as refusal:
        raise ValueError(" ".join(str(refusal).split())) from refusal
    return dict(answer)


def request_shape(service: str, operation: str) -> Any:
    """Return botocore's shape of an operation's request."""
    client = _client(service, str(get_region()), str(get_account_id()))
    return client.meta.service_model.operation_model(operation).input_shape


def role_client(service: str, role: str, name: str) -> Any:
    """Return a client of this very process with the rights of a role, for the account and region at work.

    Args:
        service: the service's name in boto3.
        role: ARN of the role.
        name: of the session.

    Raises:
        ValueError: the role cannot be taken.
    """
    given = call("sts", "AssumeRole", {"RoleArn": role, "RoleSessionName": name})["Credentials"]
    with _session_lock:
        return _session.client(
            service,  # type: ignore[call-overload]
            region_name=str(get_region()),
            endpoint_url=f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}",
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
            # A function runs for a quarter of an hour at most.
            config=Config(retries={"max_attempts": 0}, read_timeout=900),
        )


_session = boto3.Session()
_session_lock = threading.Lock()  # clients are safe to share between threads, the session that makes them is not


@cache
def _client(service: str, region: str, account: str) -> Any:
    with _session_lock:
        return _session.client(
            service,  # type: ignore[call-overload]
            region_name=region,
            endpoint_url=f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}",
            aws_access_key_id=account,  # MiniStack reads the account from the key
            aws_secret_access_key="unchecked",  # noqa: S106
            config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}),
        )
