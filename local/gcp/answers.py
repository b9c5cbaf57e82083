"""Answers in the form that Google's APIs have for errors ("Errors", AIP-193)."""

from http import HTTPStatus

from local.kubernetes.errors import StatusError
from local.proxy.api import Request, Response

# Names of google.rpc.Code for HTTP statuses (google/rpc/code.proto).
_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    413: "INVALID_ARGUMENT",
    422: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
}


def error(status: int, message: str) -> Response:
    """Return an error of an API."""
    reason = _NAMES.get(status, HTTPStatus(status).name)
    return Response.of_json({"error": {"code": status, "message": message, "status": reason}}, status=status)


def error_for(request: Request, status: int, message: str) -> Response:
    """Return an error in the form of the API that a request was sent to."""
    if request.host.endswith(".pkg.dev"):
        code = HTTPStatus(status).name
        return Response.of_json({"errors": [{"code": code, "message": message}]}, status=status)
    if request.host.endswith(".gke.goog"):
        reason = HTTPStatus(status).phrase.replace(" ", "")
        return Response.of_json(StatusError(status, reason, message).content, status=status)
    return error(status, message)
