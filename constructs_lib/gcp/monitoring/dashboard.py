"""Dashboard of an environment in Cloud Monitoring (MON-1 to MON-6, IMP-4)."""

import json
from collections.abc import Sequence
from typing import Any

from cdktf_cdktf_provider_google.monitoring_dashboard import MonitoringDashboard
from constructs import Construct

from constructs_lib.gcp.base.metrics import Graph, Query, Section, Signal
from constructs_lib.signals import signal

# Of a dashboard's grid ("MosaicLayout", Cloud Monitoring API reference).
_COLUMNS = 48
_WIDTH = 16
_HEIGHT = 14
_TITLE_HEIGHT = 4


class Dashboard(Construct):
    """A dashboard with a row of graphs for each section; thresholds are lines in them.

    Args:
        name: its title.
        sections: from users down to data.
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str, sections: Sequence[Section]) -> None:
        super().__init__(scope, construct_id)
        tiles: list[dict[str, Any]] = []
        top = 0
        for section in sections:
            tiles.append(_tile(_title(section), left=0, top=top, width=_COLUMNS, height=_TITLE_HEIGHT))
            top += _TITLE_HEIGHT
            for number, graph in enumerate(section.graphs):
                row, left = divmod(number * _WIDTH, _COLUMNS)
                tiles.append(_tile(_chart(graph), left=left, top=top + row * _HEIGHT, width=_WIDTH, height=_HEIGHT))
            top += -(-len(section.graphs) * _WIDTH // _COLUMNS) * _HEIGHT
        MonitoringDashboard(
            self,
            "dashboard",
            dashboard_json=json.dumps(
                _written({"displayName": name, "mosaicLayout": {"columns": _COLUMNS, "tiles": tiles}})
            ),
        )


def _written(value: Any) -> Any:
    """Return a part of a dashboard without zeros, empty texts and empty lists, which the API leaves out of its answer.

    The provider compares both texts and would show a change in every plan ("google_monitoring_dashboard",
    terraform-provider-google issue 16173).
    """
    match value:
        case dict():
            return {key: found for key, item in value.items() if (found := _written(item))}
        case list():
            return [_written(item) for item in value]
    return value


def _tile(widget: dict[str, Any], *, left: int, top: int, width: int, height: int) -> dict[str, Any]:
    return {"xPos": left, "yPos": top, "width": width, "height": height, "widget": widget}


def _title(section: Section) -> dict[str, Any]:
    return {"title": section.name, "sectionHeader": {"subtitle": section.page_message, "dividerBelow": True}}


def _chart(graph: Graph) -> dict[str, Any]:
    lines = [item.metric if isinstance(item, signal.Signal) else item for item in graph.shows]
    signals = [item for item in graph.shows if isinstance(item, signal.Signal)]
    return {
        "title": graph.title,
        "xyChart": {
            "dataSets": [_line(query) for query in lines],
            "thresholds": [threshold for signal in signals for threshold in _thresholds(signal)],
        },
    }


def _line(query: Query) -> dict[str, Any]:
    return {
        "timeSeriesQuery": {"prometheusQuery": query.promql},
        "legendTemplate": query.label,
        "minAlignmentPeriod": f"{query.minutes * 60}s",
        "plotType": "LINE",
    }


def _thresholds(signal: Signal) -> list[dict[str, Any]]:
    return [{"label": str(severity), "value": threshold.value} for severity, threshold in signal.thresholds.items()]
