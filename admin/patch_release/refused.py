"""Why nothing, or nothing more, is done."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError, ProfileNotFound

_NEXT_STEPS = {
    "AccessDenied": "your credentials do not allow it: sign in as somebody who may deploy",
    "AccessDeniedException": "your credentials do not allow it: sign in as somebody who may deploy",
    "ExpiredToken": "these credentials have expired: sign in again, as with aws sso login",
    "ExpiredTokenException": "these credentials have expired: sign in again, as with aws sso login",
    "UnrecognizedClientException": "AWS does not know these credentials: sign in again, as with aws sso login",
}


class Refused(Exception):
    """A few words: what is wrong and what to do next."""


@contextmanager
def told() -> Iterator[None]:
    """Turn what AWS answers into a refusal that says what to do next.

    Raises:
        Refused: AWS could not be asked, or did not do it.
    """
    try:
        yield
    except NoCredentialsError as error:
        raise Refused("no AWS credentials: set AWS_PROFILE or sign in with aws sso login") from error
    except NoRegionError as error:
        raise Refused("no AWS region: set AWS_REGION or say --region") from error
    except ProfileNotFound as error:
        raise Refused(f"{error}: aws configure list-profiles names those that there are") from error
    except ClientError as error:
        told, asked = error.response["Error"], error.operation_name
        raise Refused(f"AWS refused {asked}: {_NEXT_STEPS.get(told['Code'], told['Message'])}") from error
    except BotoCoreError as error:
        raise Refused(f"AWS cannot be reached: {error}") from error
