"""Rendering of a report as one HTML page that loads nothing else: at any width, in light and dark."""

from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from assembly.clouds import CLOUDS
from review.model.change import EFFECTS, NOT_SET, REPLACING, Kind, Verdict
from review.model.danger import Allowance
from review.model.report import Report
from review.model.secrets import edit_without_secrets
from review.model.values import short_pair
from review.render.effects import effects_to_notice
from review.render.escape import shown
from review.render.grouping import alike_dangers, things_by_reasons
from review.render.text import promises, sentence

_LONGEST = 2000


def html_report(report: Report) -> str:
    """Return the HTML document."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: value if hasattr(value, "__html__") else shown(str(value)),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["edit"] = edit_without_secrets
    templates.filters["sides"] = lambda edit: short_pair(edit.before, edit.after, _LONGEST)
    templates.filters["sentence"] = sentence
    templates.filters["usd"] = lambda amount: f"{amount:,.0f}"
    templates.filters["signed"] = lambda amount: f"{amount:+,.0f}"
    content = {
        "report": report,
        "promises": promises(),
        "dangers": [(alike, things_by_reasons(alike)) for alike in alike_dangers(report.by_rule)],
        "effects": effects_to_notice(report),
        "EFFECTS": EFFECTS,
        "Kind": Kind,
        "REPLACING": REPLACING,
        "Verdict": Verdict,
        "clouds": CLOUDS,
        "Allowance": Allowance,
        "css": _CLASSES,
        "not_set": NOT_SET,
    }
    return templates.get_template("report.html.j2").render(content)


_CLASSES: Mapping[Kind, str] = {
    Kind.REMOVED: "bad",
    Kind.REPLACED: "bad",
    Kind.MAY_REPLACE: "warn",
    Kind.MOVED: "warn",
    Kind.CHANGED: "plain",
    Kind.ADDED: "good",
}
