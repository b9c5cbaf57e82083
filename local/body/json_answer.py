"""JSON as the answer of an HTTP server of the body."""

import json
from http.server import BaseHTTPRequestHandler


def answer_json(handler: BaseHTTPRequestHandler, status: int, value: object) -> None:
    """Answer a request with JSON.

    Args:
        handler: of the request.
        status: of HTTP.
        value: the body, before it is JSON.
    """
    body = json.dumps(value).encode()
    handler.send_response(status)
    handler.send_header("content-type", "application/json")
    handler.send_header("content-length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
