"""Writes the picture of a simulated day: ``python -m tools.scaling TEMPLATE PICTURE``."""

import sys
from pathlib import Path

from tools.scaling.day import simulate
from tools.scaling.picture import draw
from tools.scaling.policies import Scaling, read


def picture(scaling: Scaling) -> str:
    """Return the picture of the day under some policies. The last policy of the template holds the response time."""
    return draw(simulate(scaling), least=scaling.least, most=scaling.most, response_ms=scaling.policies[-1].target)


if __name__ == "__main__":
    template, output = map(Path, sys.argv[1:])
    output.write_text(picture(read(template)), encoding="utf-8")
