"""The deployment's environments by stage, from development to production, read from the files in environments/."""

import yaml

from assembly.environment_files import FOLDER, environment_names

_STAGES = ("development", "staging", "production")


def environments() -> list[str]:
    """Return the names of the environments, in the order of their stages."""
    stages = {
        name: str(yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))["stage"])
        for name in environment_names()
    }
    return sorted(stages, key=lambda name: _STAGES.index(stages[name]))


def production() -> str:
    """Return the environment that is drawn where a report draws one: the one whose stage comes last."""
    return environments()[-1]
