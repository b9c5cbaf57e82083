"""Resource of a request to CloudWatch Logs, as IAM compares it with policies: a log stream of the log group.

MiniStack compares the group's name alone, which the ``:*`` of a policy does not match. AWS adds the stream, or the
beginning of one (aws-solutions/aws-crr-monitor#8, terraform-aws-modules/terraform-aws-ecs#145).
"""

import json
from collections.abc import Callable

from local.emulator.ministack_internals import RESOURCE_OF_REQUEST

_GROUP = ":log-group:"
# Colons of the ARN of a log group; one that names a stream has more.
_COLONS = 6


def install() -> None:
    """Patch what IAM is asked about. Called once."""
    RESOURCE_OF_REQUEST.wrap(_with_streams)


def _with_streams(original: Callable[..., str]) -> Callable[..., str]:
    def resource(service: str, method: str, path: str, headers: object, body: bytes, *more: object) -> str:
        found = original(service, method, path, headers, body, *more)
        if service != "logs" or _GROUP not in found or found.count(":") != _COLONS:
            return found
        stream = json.loads(body).get("logStreamName", "")
        return f"{found}:log-stream:{stream}"

    return resource
