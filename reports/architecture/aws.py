"""Draws an environment on AWS: a box for each resource that readers ask about, an arrow for each relation."""

from pathlib import Path

from assembly import open_assembly
from reports.architecture.arrows import Arrows
from reports.architecture.boxes import boxes
from reports.architecture.mermaid import flowchart

# The component whose stack holds the registry, from which every environment pulls its images.
_REGISTRY = "delivery"


def draw(folder: Path, environment: str) -> str:
    """Return the picture of an environment in an assembly, as Mermaid: boxes that an arrow connects, and the arrows."""
    assembly = open_assembly(folder)
    resources = [
        resource
        for stack in assembly.stacks.values()
        if stack.environment == environment or stack.component == _REGISTRY
        for resource in stack.resources.values()
    ]
    candidates = boxes(resources)
    arrows = Arrows(assembly, resources, candidates).all()
    connected = {key for arrow in arrows for key in (arrow.start, arrow.end)}
    return flowchart([box for box in candidates if box.key in connected], arrows)
