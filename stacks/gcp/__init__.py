"""Stacks on Google Cloud. Import ``constructs_lib.gcp`` before them: it makes the providers quick to import."""

from stacks.gcp.environment import build

__all__ = ["build"]
