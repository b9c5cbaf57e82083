"""Writes the picture of a simulated day: ``python -m reports.scaling_day TEMPLATE PICTURE``."""

import sys
from pathlib import Path

from reports.scaling_day.day import simulate
from reports.scaling_day.picture import draw
from reports.scaling_day.policies import Scaling, read


def picture(scaling: Scaling) -> str:
    """Return the picture of the day under some policies. The last policy of the template holds the response time."""
    return draw(simulate(scaling), least=scaling.least, most=scaling.most, response_ms=scaling.policies[-1].target)


if __name__ == "__main__":
    template, output = map(Path, sys.argv[1:])
    output.write_text(picture(read(template)), encoding="utf-8")
