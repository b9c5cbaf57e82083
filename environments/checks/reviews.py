"""Checks of the reviews' intervals, deadlines and checklists (IMP-5, IMP-6, IMP-7, SEC-12)."""

from collections.abc import Iterator

from environments.errors import Violation
from environments.policy import Policy, Review

# Of the shortest month and quarter.
_DAYS = {"week": 7, "month": 28, "quarter": 90}
_PROMISED = {
    "vulnerabilities": ("week", "IMP-5"),
    "penetration_test": ("month", "IMP-6"),
    "security": ("quarter", "IMP-7"),
    "access": ("quarter", "SEC-12"),
    "cost": ("month", "CST-7"),
}
# What an OpsItem holds as its description, 2048 characters (CreateOpsItem, API reference), less what is added to it.
_ROOM = 1600


def reviews_are_as_often_as_promised(policy: Policy) -> Iterator[Violation]:
    """Each review that the plan promises is as frequent as promised, or more."""
    reviews = _by_name(policy)
    for name, (least, promise) in _PROMISED.items():
        if _DAYS[reviews[name].every] > _DAYS[least]:
            yield Violation(f"reviews.{name}.every", f"{least}, or more often ({promise})")


def reviews_are_due_before_the_next(policy: Policy) -> Iterator[Violation]:
    """A ticket must be resolved before the next of its kind opens."""
    for name, review in _by_name(policy).items():
        if review.due_days >= _DAYS[review.every]:
            yield Violation(f"reviews.{name}.due_days", f"less than a {review.every}, {_DAYS[review.every]} days")


def titles_differ(policy: Policy) -> Iterator[Violation]:
    """Each review has a title of its own, or its tickets could not be told apart."""
    first: dict[str, str] = {}
    for name, review in _by_name(policy).items():
        other = first.setdefault(review.title.casefold().replace("-", " "), name)
        if other != name:
            yield Violation(f"reviews.{name}.title", f"a title of its own; reviews.{other} has the same")


def checklists_fit_into_a_ticket(policy: Policy) -> Iterator[Violation]:
    """Each checklist fits into the description of an OpsItem."""
    for name, review in _by_name(policy).items():
        # An emoji counts as two: AWS does not say what a character is to it.
        length = sum(len(line.encode("utf-16-le")) // 2 + 3 for line in review.checklist)
        if length > _ROOM:
            yield Violation(f"reviews.{name}.checklist", f"at most {_ROOM} characters in all; these are {length}")


def _by_name(policy: Policy) -> dict[str, Review]:
    return dict(policy.reviews)
