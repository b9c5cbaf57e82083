"""Environments with other settings than the repository's, each synthesized for one test."""

from pathlib import Path

from aws_cdk import App

from environments import Environment
from stacks.aws.environment import add_environment
from tests.aws import resources
from tests.aws.assembly import Assembly
from tests.synthesis import cdk_context


def synthesized(environment: Environment, folder: Path) -> resources.Environment:
    """Return the resources of an environment with these settings; its assembly is written to a folder."""
    app = App(outdir=str(folder), context=cdk_context(), analytics_reporting=False)
    add_environment(app, environment)
    app.synth()
    return Assembly.read(folder).environment(f"Goodies{environment.title}")
