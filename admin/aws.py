"""AWS client of a command: the embedded cloud, or the account that was typed."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, ProfileNotFound

from admin import accounts
from admin.errors import AwsError, WrongAccountError
from local.cloud import EmbeddedCloud

Client = Callable[..., Any]

# Of partitions and dual stack, as botocore's endpoints.json names them.
_AWS_DOMAINS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".api.amazonwebservices.com.cn")
_DENIED = "your credentials do not allow it: sign in as somebody who may"
_EXPIRED = "these credentials have expired: sign in again, as with aws sso login"
_UNKNOWN = "AWS does not know these credentials: sign in again, as with aws sso login"
_NEXT_STEPS = {
    "AccessDenied": _DENIED,
    "AccessDeniedException": _DENIED,
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "InvalidClientTokenId": _UNKNOWN,
    "UnrecognizedClientException": _UNKNOWN,
}


@dataclass(frozen=True)
class Aws:
    """An account in its primary region.

    Attributes:
        client: makes a new boto3 client by the name of a service; ``region_name`` and ``config`` as boto3 has them.
        account: its 12 digits.
        region: where the clients work.
        embedded: whether it is the cloud on this machine.
        endpoint: of the caller's settings, where it is none of AWS's own; else empty.
    """

    client: Client
    account: str
    region: str
    embedded: bool
    endpoint: str = ""

    @property
    def place(self) -> str:
        """Account and region that a command works in, and an endpoint that is not AWS's own, as text."""
        name = "Embedded cloud" if self.embedded else "AWS"
        through = f", through {self.endpoint}, which is none of AWS's" if self.endpoint else ""
        return f"{name}: account {self.account}, region {self.region}{through}"


def connect(environment: str, account: str | None) -> Aws:
    """Return the embedded cloud, or the AWS account of an environment where it is named.

    Args:
        environment: as in ``environments/``.
        account: the 12 digits that were typed; None for the embedded cloud.

    Raises:
        WrongAccountError: the environment is unknown or lives elsewhere, or the caller's credentials belong elsewhere.
        AwsError: AWS does not tell whose the credentials are, or the embedded cloud does not run.
    """
    expected, region = accounts.aws_account(environment), accounts.primary_region()
    if account is None:
        return _connect_embedded(environment, expected, region)
    if account != expected:
        raise WrongAccountError(
            f"ACCOUNT={account}: environments/{environment}.yaml names the account {expected}. Nothing was changed."
        )
    return _connect(account, region, None)


def connect_registry(profile: str) -> Aws:
    """Return the AWS account of the registry, by a profile of ``~/.aws/config``.

    Raises:
        WrongAccountError: the profile's credentials are not of the account that ``policy.yaml`` names.
        AwsError: AWS does not tell whose the credentials are.
    """
    return _connect(accounts.registry_account(), accounts.primary_region(), profile)


def _connect(account: str, region: str, profile: str | None) -> Aws:
    with aws_errors():
        session: Any = boto3.Session(profile_name=profile, region_name=region)
        sts = session.client("sts")
        caller = sts.get_caller_identity()["Account"]
        endpoint = str(sts.meta.endpoint_url)
    if caller != account:
        raise WrongAccountError(
            f"ACCOUNT={account}: your credentials are of the account {caller}. Sign in to the other, as with"
            " AWS_PROFILE and aws sso login. Nothing was changed."
        )
    own = (urlsplit(endpoint).hostname or "").endswith(_AWS_DOMAINS)
    return Aws(session.client, account, region, embedded=False, endpoint="" if own else endpoint)


def embedded_cloud() -> EmbeddedCloud:
    """Return the embedded cloud that :func:`connect` connects to."""
    return EmbeddedCloud()


def _connect_embedded(environment: str, account: str, region: str) -> Aws:
    cloud = embedded_cloud()
    if not cloud.running():
        raise AwsError(
            f"The embedded cloud does not run: `make deploy ENV={environment}` starts it. To act on AWS, type the"
            f" account: ACCOUNT={account}."
        )
    return Aws(partial(cloud.new_client, region_name=region), cloud.account, region, embedded=True)


@contextmanager
def aws_errors(next_steps: Mapping[str, str] | None = None) -> Iterator[None]:
    """Translate what boto3 raises in the block.

    Args:
        next_steps: by AWS's error code, where the block knows better what to do.

    Raises:
        AwsError: one line, with what to do next.
    """
    try:
        yield
    except NoCredentialsError as error:
        raise AwsError("no AWS credentials: set AWS_PROFILE or sign in with aws sso login") from error
    except ProfileNotFound as error:
        raise AwsError(f"{error}: aws configure list-profiles names those that there are") from error
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        reason = {**_NEXT_STEPS, **(next_steps or {})}.get(code, f"{code}: {message}")
        raise AwsError(f"AWS refused {error.operation_name}: {reason}") from error
    except ValueError as error:
        if "Invalid endpoint" not in str(error):  # botocore's words for a URL that it cannot use
            raise
        raise AwsError(f"AWS_ENDPOINT_URL, or endpoint_url of the profile: {error}; unset it to reach AWS") from error
    except BotoCoreError as error:
        raise AwsError(f"AWS cannot be reached: {error}") from error
