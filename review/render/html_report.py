"""Rendering of a report as one HTML page that loads nothing else: at any width, in light and dark."""

from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from review.model.change import NOT_SET, Kind
from review.model.danger import Allowance
from review.model.report import Report
from review.model.values import short
from review.render.text import promises, sentence

_LONGEST = 2000


def html_report(report: Report) -> str:
    """Return the HTML document."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["value"] = lambda value: short(value, _LONGEST)
    templates.filters["sentence"] = sentence
    templates.filters["usd"] = lambda amount: f"{amount:,.0f}"
    templates.filters["signed"] = lambda amount: f"{amount:+,.0f}"
    content = {
        "report": report,
        "promises": promises(),
        "Kind": Kind,
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
