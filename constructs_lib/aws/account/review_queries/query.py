"""One question of a review."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A question to AWS whose answer belongs to a review.

    Attributes:
        name: of the answer's file.
        service: as Step Functions calls it.
        action: of its API.
        parameters: of the action. Expressions may use ``$start`` and ``$end``, the first days of last month and this.
        permission: what IAM calls the action.
        resources: what the action is allowed on.
        page: the answer's field that leads to the next page, and the parameter that takes it.
        figures: an expression that makes lines for the ticket of the answer, ``$states.result``.
    """

    name: str
    service: str
    action: str
    permission: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    resources: Sequence[str] = ("*",)
    page: tuple[str, str] | None = None
    figures: str = ""
