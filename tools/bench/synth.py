"""The syntheses that are compared: an empty application, one environment, all, the edit loop; and Google Cloud's."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from assembly.process_environment import without_user_settings
from tools.bench.processes import Family, Run, measure

ROOT = Path(__file__).resolve().parents[2]
_EMPTY_APP = Path(__file__).with_name("empty_app.py")
_ONE_RESOURCE_APP = Path(__file__).with_name("one_resource_app.py")
_STOCK_APP = Path(__file__).with_name("stock_app.py")

EMPTY = "synth: empty application"
ONE = "synth: one environment"
ALL = "synth: all environments"
EDIT = "synth: one environment, edit loop"
GCP_LEAST = "synth: Google Cloud, one resource"
GCP_ONE = "synth: Google Cloud, one environment"
GCP_STOCK = "synth: Google Cloud, one environment, stock import"

Task = Callable[[], Run]


def syntheses(environment: str, folder: Path) -> Mapping[str, Task]:
    """Return what runs in each round; every one of them is the process that a CLI would start."""
    only = {"environments": environment}
    application = ["app.py", "aws"]
    return {
        EMPTY: _task(folder / "empty", [str(_EMPTY_APP)]),
        ONE: _task(folder / "one", application, context=only),
        ALL: _task(folder / "all", application),
        EDIT: _task(folder / "edit", ["-O", *application], context=only | {"unchecked": "yes"}, CDK_VALIDATION="false"),
        GCP_LEAST: _task(folder / "gcp-least", [str(_ONE_RESOURCE_APP)]),
        GCP_ONE: _task(folder / "gcp-one", ["app.py", "gcp"], context=only),
        GCP_STOCK: _task(folder / "gcp-stock", [str(_STOCK_APP), "gcp"], context=only),
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
        "CDKTF_CONTEXT_JSON": json.dumps(dict(context or {})),
        "CDKTF_OUTDIR": str(output),
        **variables,
    }

    def run() -> Run:
        output.parent.mkdir(parents=True, exist_ok=True)  # CDKTF makes the last folder only
        return measure([sys.executable, *arguments], folder=checkout, environment=environment, family=Family())

    return run
