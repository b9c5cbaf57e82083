"""Transport of requests, as IAM compares it with policies: TLS, as of every request to AWS's own endpoints.

The emulator listens without TLS on loopback, and MiniStack says so: a topic or a bucket that denies what comes without
TLS (``aws:SecureTransport``, "AWS global condition context keys", IAM user guide) would deny everything.
"""

from collections.abc import Callable
from typing import Any

from local.emulator.ministack_internals import CONDITION_VALUE

_KEY = "aws:securetransport"


def install() -> None:
    """Patch what IAM knows of a request. Called once."""
    CONDITION_VALUE.wrap(_with_tls)


def _with_tls(original: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    return lambda key, request: "true" if key.lower() == _KEY else original(key, request)
