"""Query of a review: one call of an AWS API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class ReviewQuery:
    """Call of an AWS API whose answer belongs to a review.

    Attributes:
        name: name of the answer's file.
        service: name of the service in Step Functions.
        action: action of the service's API.
        parameters: parameters of the action. Expressions may use ``$start`` and ``$end``, the first days of last month
            and this.
        permission: IAM name of the action.
        resources: resources that the action is allowed on.
        next_token: field of the answer that holds the token of its next part, and parameter that takes it; None where
            the answer is in one part.
        figures: an expression that makes lines for the ticket of the answer, ``$states.result``.
    """

    name: str
    service: str
    action: str
    permission: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    resources: Sequence[str] = ("*",)
    next_token: tuple[str, str] | None = None
    figures: str = ""
