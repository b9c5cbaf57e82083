"""Reports for the tests of what is written."""

from collections.abc import Callable, Sequence
from typing import Any

from review.judge.approvals import judge
from review.judge.coverage import coverage
from review.judge.dangers import dangers
from review.judge.settings import unjudged, with_verdicts
from review.model.change import NOT_SET, Change, Difference, Edit, Kind
from review.model.danger import Approval, Danger
from review.model.report import Cost, Report
from review.model.resource import Resource, Stack
from review.render.grouping import environments

TYPE = "AWS::RDS::DBInstance"


def resource(path: str, kind: str = TYPE, stack: str = "GoodiesProd-Data", **settings: Any) -> Resource:
    return Resource("aws", "prod", stack, path.replace("/", ""), kind, path, settings)


def replaced(path: str, why: str = "goodies") -> Change:
    """A database that is replaced."""
    edit = Edit("DBName", why, "home", Kind.REPLACED)
    return Change(Kind.REPLACED, resource(path), resource(path), (edit,))


def changed(path: str, kind: str = "AWS::Lambda::Function", value: Any = "b") -> Change:
    edits = (Edit("Description", NOT_SET, value),)
    return Change(Kind.CHANGED, resource(path, kind), resource(path, kind), edits)


def yes_to(change: Change, who: str = "Ada", why: str = "it is empty", commit: str = "abc1234") -> Approval:
    """Return the approval of a change with one danger."""
    (danger,) = dangers(Difference([change], {}, {}))
    return Approval(danger.allowance, danger.thing, danger.digest, who, why, commit)


def report(
    changes: Sequence[Change],
    approvals: Sequence[Approval] = (),
    notes: Sequence[str] = (),
    has_danger: Callable[[str, Danger], bool] = lambda *_: True,
) -> Report:
    stack = Stack(resource("", "stack"), {})
    difference = Difference(changes, {stack.name: stack}, {stack.name: stack})
    judged, refused = judge(dangers(difference), approvals, has_danger)
    costs = [Cost("aws", "prod", 1000, 1100, (("data", 100),))]
    return Report(
        base="main at 1a2b3c4",
        head="5d6e7f8",
        uncommitted=["environments/prod.yaml"],
        clouds=["aws"],
        dangers=judged,
        refused=refused,
        environments=environments(with_verdicts(difference), costs),
        costs=costs,
        notes=notes,
        unjudged=unjudged(difference, judged),
        coverage=coverage(difference.after),
    )
