"""Start of each Python function on the embedded AWS: host names lead to the body, and its authority is trusted.

Python imports a module of this name by itself. Nothing else of a function is changed.
"""

import json
import os
import socket
import ssl
from pathlib import Path
from typing import Any

_getaddrinfo = socket.getaddrinfo
_load_verify_locations = ssl.SSLContext.load_verify_locations


def _find(host: Any, port: Any) -> tuple[Any, Any]:
    """Return the address at which a host name and port are served; the same where the body does not serve them."""
    try:
        served = json.loads(Path(os.environ["EMBEDDED_ADDRESSES"]).read_text())
        found: tuple[Any, Any] = tuple(served.get(f"{host}:{port}", (host, port)))
    except (OSError, ValueError):
        return host, port
    return found


def _getaddrinfo_of_the_body(host: Any, port: Any, *arguments: Any, **options: Any) -> Any:
    return _getaddrinfo(*_find(host, port), *arguments, **options)


def _load_with_the_authority(context: ssl.SSLContext, *arguments: Any, **options: Any) -> None:
    _load_verify_locations(context, *arguments, **options)
    if Path(os.environ["EMBEDDED_AUTHORITY"]).exists():
        _load_verify_locations(context, os.environ["EMBEDDED_AUTHORITY"])


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    socket.getaddrinfo = _getaddrinfo_of_the_body
    ssl.SSLContext.load_verify_locations = _load_with_the_authority  # type: ignore[method-assign, assignment]
