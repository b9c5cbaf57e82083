"""Stacks on Google Cloud. Import ``constructs_lib.gcp`` before them: it makes the providers quick to import."""

from stacks.gcp.environment import add_stacks

__all__ = ["add_stacks"]
