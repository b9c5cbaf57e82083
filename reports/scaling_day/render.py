"""Chart of a simulated day as SVG, the same bytes for the same day."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.scaling_day.day import MINUTES, SLOW_DATABASE, SPIKE, Minute, simulate
from reports.scaling_day.policies import Scaling

DOCUMENT = "docs/scaling-day.svg"
_WIDTH, _HEIGHT, _LEFT, _TOP = 960, 130, 70, 40
_GAP = 50
_RESPONSE_MS = 2000


@dataclass(frozen=True)
class _Panel:
    title: str
    values: Sequence[float]
    maximum: float
    lines: Sequence[float]


def render(scaling: Scaling) -> str:
    """Return the chart of the day under some policies, with the response time that adds instances."""
    (response_ms,) = (step.threshold for step in scaling.steps)
    return _chart(simulate(scaling), scaling.min_capacity, scaling.max_capacity, response_ms)


def _chart(day: Sequence[Minute], min_capacity: int, max_capacity: int, response_ms: float) -> str:
    panels = [
        _Panel("Requests per second", [minute.requests for minute in day], max(m.requests for m in day), ()),
        _Panel(
            f"Response time, ms (cut at {_RESPONSE_MS}); dashed: {response_ms:g}",
            [min(minute.response_ms, _RESPONSE_MS) for minute in day],
            _RESPONSE_MS,
            (response_ms,),
        ),
        _Panel(
            f"Instances; dashed: {min_capacity} and {max_capacity}",
            [minute.instances for minute in day],
            max_capacity * 1.1,
            (min_capacity, max_capacity),
        ),
    ]
    height = _TOP + len(panels) * (_HEIGHT + _GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDTH + 20} {height}"'
        ' font-family="sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    for number, panel in enumerate(panels):
        parts += _panel(panel, _TOP + number * (_HEIGHT + _GAP))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(panel: _Panel, top: int) -> list[str]:
    def across(minute: float) -> str:
        return f"{_LEFT + _WIDTH * minute / MINUTES:.1f}"

    def down(value: float) -> str:
        return f"{top + _HEIGHT * (1 - value / panel.maximum):.1f}"

    bottom = top + _HEIGHT
    points = " ".join(f"{across(minute)},{down(value)}" for minute, value in enumerate(panel.values))
    return [
        f'<text x="{_LEFT}" y="{top - 8}">{panel.title}</text>',
        *(
            f'<rect x="{across(time.start)}" y="{top}" width="{_WIDTH * len(time) / MINUTES:.1f}" height="{_HEIGHT}"'
            f' fill="#f2e6c8"><title>{name}</title></rect>'
            for name, time in (("Tenfold spike", SPIKE), ("Slow database", SLOW_DATABASE))
        ),
        *(
            f'<line x1="{_LEFT}" x2="{_LEFT + _WIDTH}" y1="{down(line)}" y2="{down(line)}" stroke="#888"'
            ' stroke-dasharray="4 4"/>'
            for line in panel.lines
        ),
        f'<line x1="{_LEFT}" x2="{_LEFT + _WIDTH}" y1="{bottom}" y2="{bottom}" stroke="#444"/>',
        *(f'<text x="{across(hour * 60)}" y="{bottom + 16}">{hour}:00</text>' for hour in range(0, 24, 3)),
        f'<text x="{_LEFT - 8}" y="{top + 5}" text-anchor="end">{panel.maximum:.0f}</text>',
        f'<polyline fill="none" stroke="#1f5fa8" stroke-width="1.5" points="{points}"/>',
    ]
