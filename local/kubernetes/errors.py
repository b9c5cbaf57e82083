"""Refusals of the API server, each as a Status object.

Reasons and wording: package k8s.io/apimachinery/pkg/api/errors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assembly.values import Json


@dataclass(frozen=True, kw_only=True)
class Cause:
    """A fault of one field.

    Attributes:
        reason: ``FieldValueRequired``, ``FieldValueInvalid`` and so on.
        field: path of the field, such as ``spec.containers[0].name``.
        message: the fault.
    """

    reason: str
    field: str
    message: str


class StatusError(Exception):
    """Refusal of a request.

    Attributes:
        status: HTTP status.
        content: the Status object.
    """

    def __init__(self, status: int, reason: str, message: str, details: Mapping[str, Json] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.content: Json = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": reason,
            **({"details": dict(details)} if details else {}),
            "code": status,
        }


def not_found(resource: str, name: str) -> StatusError:
    """Return the refusal of an object that does not exist; ``resource`` is ``deployments.apps``."""
    return StatusError(404, "NotFound", f'{resource} "{name}" not found', _details(resource, name))


def no_such_path() -> StatusError:
    """Return the refusal of a path that names no resource of the cluster."""
    return StatusError(404, "NotFound", "the server could not find the requested resource")


def forbidden(resource: str, name: str, reason: str) -> StatusError:
    """Return the refusal of what nobody may do."""
    message = f'{resource} "{name}" is forbidden: {reason}'
    return StatusError(403, "Forbidden", message, _details(resource, name))


def already_exists(resource: str, name: str) -> StatusError:
    """Return the refusal of a name that is taken."""
    return StatusError(409, "AlreadyExists", f'{resource} "{name}" already exists', _details(resource, name))


def conflict(resource: str, name: str, problem: str) -> StatusError:
    """Return the refusal of a change to another version of an object than the one stored."""
    message = f'Operation cannot be fulfilled on {resource} "{name}": {problem}'
    return StatusError(409, "Conflict", message, _details(resource, name))


def bad_request(message: str) -> StatusError:
    """Return the refusal of a body that cannot be decoded."""
    return StatusError(400, "BadRequest", message)


def method_not_allowed() -> StatusError:
    """Return the refusal of a verb that a resource does not have."""
    message = "the server does not allow this method on the requested resource"
    return StatusError(405, "MethodNotAllowed", message)


def unsupported_media_type(accepted: Sequence[str]) -> StatusError:
    """Return the refusal of a body in another format than those accepted."""
    message = "the body of the request was in an unknown format - accepted media types include: " + ", ".join(accepted)
    return StatusError(415, "UnsupportedMediaType", message)


def invalid(kind: str, name: str, causes: Sequence[Cause]) -> StatusError:
    """Return the refusal of an object for its fields; ``kind`` is ``Deployment.apps``."""
    problems = [f"{cause.field}: {cause.message}" for cause in causes]
    text = problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]"
    details = _details(kind, name) | {
        "causes": [{"reason": each.reason, "message": each.message, "field": each.field} for each in causes]
    }
    return StatusError(422, "Invalid", f'{kind} "{name}" is invalid: {text}', details)


def _details(resource: str, name: str) -> dict[str, Json]:
    plural, _, group = resource.partition(".")
    return {"name": name, **({"group": group} if group else {}), "kind": plural}
