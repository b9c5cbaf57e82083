"""The syntheses that are compared: an empty application, one environment, all of them, the edit loop."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from local.environment import without_user_settings
from tools.bench.processes import Family, Run, measure

ROOT = Path(__file__).resolve().parents[2]
_EMPTY_APP = Path(__file__).with_name("empty_app.py")

EMPTY = "synth: empty application"
ONE = "synth: one environment"
ALL = "synth: all environments"
EDIT = "synth: one environment, edit loop"

Task = Callable[[], Run]


def syntheses(environment: str, folder: Path) -> Mapping[str, Task]:
    """Return what runs in each round; every one of them is the process that the CDK CLI would start."""
    only = {"environments": environment}
    application = ["app.py", "aws"]
    return {
        EMPTY: _task(folder / "empty", [str(_EMPTY_APP)]),
        ONE: _task(folder / "one", application, context=only),
        ALL: _task(folder / "all", application),
        EDIT: _task(folder / "edit", ["-O", *application], context=only | {"unchecked": "yes"}, CDK_VALIDATION="false"),
    }


def whole(cloud: str, output: Path, checkout: Path) -> Task:
    """Return the synthesis of all environments of a cloud, in some checkout."""
    return _task(output, ["app.py", cloud], checkout=checkout)


def _task(
    output: Path,
    arguments: list[str],
    context: Mapping[str, str] | None = None,
    checkout: Path = ROOT,
    **variables: str,
) -> Task:
    # Without the feature flags of cdk.json the same code makes other templates, and makes them in other time.
    flags = json.loads((ROOT / "cdk.json").read_text())["context"]
    environment = {
        **without_user_settings(),
        "CDK_CONTEXT_JSON": json.dumps(flags | dict(context or {})),
        "CDK_OUTDIR": str(output),
        "CDKTF_OUTDIR": str(output),
        **variables,
    }

    def run() -> Run:
        return measure([sys.executable, *arguments], folder=checkout, environment=environment, family=Family())

    return run
