"""The stacks on AWS."""

from stacks.aws.environment import build

__all__ = ["build"]
