"""Simulation of a day of the service under the scaling policies of a synthesized template, drawn as SVG."""

from reports.scaling_day.policies import parse
from reports.scaling_day.render import DOCUMENT, render

__all__ = ["DOCUMENT", "parse", "render"]
