"""Rendering of a report as JSON, for programs; ``report.schema.json`` says what stands in it."""

import json
from pathlib import Path

from assembly.values import Json
from review.model.change import NOT_SET, Change, Edit, Verdict
from review.model.danger import JudgedDanger
from review.model.report import Report
from review.model.secrets import edit_without_secrets, text_without_secrets

SCHEMA = Path(__file__).with_name("report.schema.json")
# Changes whenever a program that reads the report would have to.
VERSION = 2


def json_report(report: Report) -> str:
    """Return the JSON: what happens to which resource, what is dangerous, and how the command ends."""
    content = {
        "version": VERSION,
        "exit": int(report.exit_code),
        "headline": report.headline,
        "base": report.base,
        "head": report.head,
        "uncommitted": list(report.uncommitted),
        "clouds": list(report.clouds),
        "dangers": [_danger(judged) for judged in report.dangers],
        "unjudged": [
            {
                "thing": each.change.resource.address,
                "promises": list(each.promises),
                "trailer": each.judged.danger.trailer if each.judged else None,
                "edits": [_edit(edit) for edit in each.edits],
            }
            for each in report.unjudged
        ],
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
                "unpriced": list(cost.unpriced),
            }
            for cost in report.costs
        ],
        "coverage": [
            {
                "cloud": each.cloud,
                "environment": each.environment,
                "settings": {str(verdict): each.counts.get(verdict, 0) for verdict in Verdict},
            }
            for each in report.coverage
        ],
        "trailers": report.trailers,
        "notes": list(report.notes),
        "warnings": list(report.warnings),
    }
    # JSON has no NaN and no Infinity; what a reader does not see in a text is an escape in JSON.
    written = json.loads(json.dumps(content), parse_constant=str)
    return json.dumps(_without_secrets(written), indent=2) + "\n"


def _without_secrets(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _without_secrets(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]
    return text_without_secrets(value) if isinstance(value, str) else value


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
        "refused": change.refused or None,
        "edits": [_edit(edit) for edit in change.edits],
    }


def _edit(edit: Edit) -> Json:
    edit = edit_without_secrets(edit)
    sides = {name: value for name, value in (("before", edit.before), ("after", edit.after)) if value is not NOT_SET}
    named = {"name": edit.name} if edit.name else {}
    files = {"files": edit.note} if edit.note else {}
    return {"path": edit.path, **named, **sides, "effect": str(edit.effect), "verdict": str(edit.verdict), **files}
