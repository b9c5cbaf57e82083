"""Reads the environments from their files."""

import json
from pathlib import Path

import yaml

from environments.model import Environment, EnvironmentFile, Policy

FOLDER = Path(__file__).parent


class EnvironmentsError(Exception):
    """The files hold something that cannot be deployed; the message lists all findings."""


def load(folder: Path = FOLDER) -> tuple[Environment, ...]:
    """Return every environment, in the order of their names."""
    policy = Policy.model_validate_json(json.dumps(yaml.safe_load((folder / "policy.yaml").read_text())))
    environments = []
    for path in sorted(folder.glob("*.yaml")):
        if path.name != "policy.yaml":
            content = EnvironmentFile.model_validate_json(json.dumps(yaml.safe_load(path.read_text())))
            environments.append(Environment(name=path.stem, policy=policy, **dict(content)))
    return tuple(environments)
