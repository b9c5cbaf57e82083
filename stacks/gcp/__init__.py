"""The stacks on Google Cloud."""

from stacks.gcp.environment import build

__all__ = ["build"]
