"""Syntheses that are compared: an empty application, one environment, all, the edit loop; and Google Cloud's."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from assembly.process_environment import without_user_settings
from tools.bench.processes import ProcessTree, Run, measure

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

Measurement = Callable[[], Run]


def synth_measurements(environment: str, folder: Path) -> Mapping[str, Measurement]:
    """Return the measurements of each round; each is the process that a CLI would start."""
    only = {"environments": environment}
    application = ["app.py", "aws"]
    return {
        EMPTY: _measurement(folder / "empty", [str(_EMPTY_APP)]),
        ONE: _measurement(folder / "one", application, context=only),
        ALL: _measurement(folder / "all", application),
        EDIT: _measurement(
            folder / "edit", ["-O", *application], context=only | {"unchecked": "yes"}, CDK_VALIDATION="false"
        ),
        GCP_LEAST: _measurement(folder / "gcp-least", [str(_ONE_RESOURCE_APP)]),
        GCP_ONE: _measurement(folder / "gcp-one", ["app.py", "gcp"], context=only),
        GCP_STOCK: _measurement(folder / "gcp-stock", [str(_STOCK_APP), "gcp"], context=only),
    }


def synth_measurement(cloud: str, output: Path, checkout: Path) -> Measurement:
    """Return the synthesis of all environments of a cloud, in some checkout."""
    return _measurement(output, ["app.py", cloud], checkout=checkout)


def _measurement(
    output: Path,
    arguments: list[str],
    context: Mapping[str, str] | None = None,
    checkout: Path = ROOT,
    **variables: str,
) -> Measurement:
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
        return measure([sys.executable, *arguments], folder=checkout, environment=environment, tree=ProcessTree())

    return run
