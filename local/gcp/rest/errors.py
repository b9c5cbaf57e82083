"""Refusals of Google's APIs, and how they are written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.proxy.api import Response

# google.rpc.Code: the status of HTTP, and the reason that the older APIs give ("Errors", Google Cloud APIs).
_CODES = {
    "ABORTED": (409, "conflict"),
    "ALREADY_EXISTS": (409, "alreadyExists"),
    "FAILED_PRECONDITION": (400, "failedPrecondition"),
    "INVALID_ARGUMENT": (400, "invalid"),
    "NOT_FOUND": (404, "notFound"),
    "PERMISSION_DENIED": (403, "forbidden"),
    "RESOURCE_EXHAUSTED": (429, "rateLimitExceeded"),
}
_BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"


@dataclass(frozen=True)
class Violation:
    """Fault of a request.

    Attributes:
        field: its path.
        description: what is wrong with it.
    """

    field: str
    description: str


@dataclass
class Refusal(Exception):
    """An answer that refuses a request.

    Attributes:
        code: of google.rpc.Code, such as ``INVALID_ARGUMENT``.
        message: in the API's words.
        reason: of the older APIs, such as ``invalid``; by the code where it is empty.
        status: of HTTP; by the code where it is 0.
        violations: of single fields.
        details: what a program reads of the refusal, in Google's forms of it.
    """

    code: str
    message: str
    reason: str = ""
    status: int = 0
    violations: Sequence[Violation] = ()
    details: Sequence[Mapping[str, Any]] = ()

    def response(self, style: str) -> Response:
        """Return the answer: in the style of google.rpc (``status``), of the older APIs (``older``), or ``both``."""
        status, reason = _CODES[self.code]
        error: dict[str, Any] = {"code": self.status or status, "message": self.message}
        if style != "status":
            error["errors"] = [{"message": self.message, "domain": "global", "reason": self.reason or reason}]
        if style != "older":
            error["status"] = self.code
        if style != "older" and self.violations:
            fields = [{"field": each.field, "description": each.description} for each in self.violations]
            error["details"] = [{"@type": _BAD_REQUEST, "fieldViolations": fields}]
        if self.details:
            # Google's front end refuses so for all APIs, the older ones too.
            error |= {"status": self.code, "details": [*error.get("details", ()), *self.details]}
        return Response.of_json({"error": error}, status=self.status or status)
