"""Method of one of Google's APIs, as the client sends it."""

from collections.abc import Sequence
from dataclasses import dataclass

GET, POST, PUT, PATCH, DELETE = "GET", "POST", "PUT", "PATCH", "DELETE"


@dataclass(frozen=True)
class Method:
    """A method, as the discovery document of its API describes it.

    Attributes:
        verb: of HTTP.
        url: with the parameters of the path in braces.
        permissions: permissions of the caller that it needs, which are named with a refusal.
        operation: method that asks for the long-running operation that it answers with; empty where it answers at once.
    """

    verb: str
    url: str
    permissions: Sequence[str] = ()
    operation: str = ""
