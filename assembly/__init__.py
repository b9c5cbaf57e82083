"""Synthesized output of both CLIs: written once per state of the sources, opened through one reader.

``open_assembly(folder)`` reads what ``cdk synth`` or ``cdktf synth`` wrote; ``synth_cache`` synthesizes a commit or the
checkout.
"""

from assembly.model import Assembly, Resource, Stack
from assembly.reader import open_assembly

__all__ = ["Assembly", "Resource", "Stack", "open_assembly"]
