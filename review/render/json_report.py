"""Rendering of a report as JSON, for programs."""

import json

from assembly.values import Json
from review.model.change import NOT_SET, Change, Edit
from review.model.danger import JudgedDanger
from review.model.report import Report


def json_report(report: Report) -> str:
    """Return the JSON: what happens to which resource, what is dangerous, and how the command ends."""
    content = {
        "exit": int(report.exit_code),
        "headline": report.headline,
        "base": report.base,
        "head": report.head,
        "uncommitted": list(report.uncommitted),
        "clouds": list(report.clouds),
        "dangers": [_danger(judged) for judged in report.dangers],
        "refused": [
            {"approval": str(each.approval), "who": each.approval.who, "why": each.reason} for each in report.refused
        ],
        "changes": [
            _change(change)
            for environment in report.environments
            for stack in environment.stacks
            for group in stack.groups
            for change in group.changes
        ],
        "usd_a_month": [
            {
                "cloud": cost.cloud,
                "environment": cost.environment,
                "before": round(cost.before, 2),
                "after": round(cost.after, 2),
            }
            for cost in report.costs
        ],
        "notes": list(report.notes),
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _danger(judged: JudgedDanger) -> Json:
    danger, given = judged.danger, judged.approval
    return {
        "approval": danger.allowance,
        "thing": danger.thing,
        "trailer": danger.trailer,
        "what": list(danger.reasons),
        "promises": list(danger.promises),
        "allowed": {"who": given.who, "why": given.why, "commit": given.commit} if given else None,
    }


def _change(change: Change) -> Json:
    resource = change.resource
    return {
        "cloud": resource.cloud,
        "environment": resource.environment,
        "stack": resource.stack,
        "path": resource.path,
        "id": resource.id,
        "type": resource.type,
        "kind": str(change.kind),
        "from": change.before.address if change.before and change.before.address != resource.address else None,
        "because": change.because or None,
        "edits": [_edit(edit) for edit in change.edits],
    }


def _edit(edit: Edit) -> Json:
    sides = {name: value for name, value in (("before", edit.before), ("after", edit.after)) if value is not NOT_SET}
    return {"path": edit.path, **sides, "effect": str(edit.effect), **({"files": edit.note} if edit.note else {})}
