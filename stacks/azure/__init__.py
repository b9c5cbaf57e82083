"""Stacks on Azure. Import ``constructs_lib.azure`` before them: it makes the provider quick to import."""

from stacks.azure.environment import add_stacks

__all__ = ["add_stacks"]
