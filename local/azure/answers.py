"""Errors in the form of each of Azure's APIs."""

from local.proxy.api import Request, Response


def error(status: int, code: str, message: str) -> Response:
    """Return an error of Resource Manager, or of a vault ("Error response content", Azure REST API guidelines)."""
    return Response.of_json({"error": {"code": code, "message": message}}, status=status)


def login_error(status: int, code: str, message: str) -> Response:
    """Return an error of the log-in ("Standardized error responses", OAuth 2.0 client credentials flow)."""
    return Response.of_json({"error": code, "error_description": message, "error_codes": []}, status=status)


def graph_error(status: int, code: str, message: str) -> Response:
    """Return an error of Microsoft Graph ("Microsoft Graph error responses")."""
    return Response.of_json({"error": {"code": code, "message": message, "innerError": {}}}, status=status)


def blob_error(status: int, code: str, message: str) -> Response:
    """Return an error of Blob Storage ("Status and error codes", Azure Storage)."""
    body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'
    headers = {"content-type": "application/xml", "x-ms-error-code": code}
    return Response(status=status, body=body.encode(), headers=headers)


def error_for(request: Request, status: int, message: str) -> Response:
    """Return an error in the form of the API that a request was sent to."""
    if request.host.endswith(".blob.core.windows.net"):
        return blob_error(status, "InternalError", message)
    if request.host == "login.microsoftonline.com":
        return login_error(status, "invalid_request", message)
    return error(status, "InternalServerError", message)
