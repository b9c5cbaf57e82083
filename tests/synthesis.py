"""Runs app.py the way the command lines do, in the checkout or in a copy of its sources."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parent.parent
_NOT_SOURCE = shutil.ignore_patterns(".*", "node_modules", "*.out", "build", "__pycache__", "tests", "docs", "local")


def copy_sources(folder: Path) -> Path:
    """Copy what a synthesis reads to a new folder, where a test may change it; return the folder."""
    return shutil.copytree(CHECKOUT, folder, ignore=_NOT_SOURCE)


def cdk_context(checkout: Path = CHECKOUT, **changes: str) -> dict[str, Any]:
    """Return the context that the CDK's command line gives to app.py, with changes."""
    context: dict[str, Any] = json.loads((checkout / "cdk.json").read_text())["context"]
    return context | changes


def synthesize(output: Path, cloud: str = "aws", *, checkout: Path = CHECKOUT, **variables: str) -> None:
    """Write a cloud's assembly of a checkout to a folder; ``variables`` join the process's environment."""
    completed = run_app(output, cloud, checkout=checkout, **variables)
    if completed.returncode:
        raise RuntimeError(f"app.py {cloud} failed in {checkout}:\n{completed.stdout}{completed.stderr}")


def run_app(
    output: Path, cloud: str, *, checkout: Path = CHECKOUT, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run app.py as ``synthesize`` does, and return how it ended."""
    scripts = Path(sys.executable).parent
    return subprocess.run(
        [sys.executable, "app.py", cloud],
        cwd=checkout,
        env={
            **os.environ,
            "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
            "CDK_OUTDIR": str(output),
            "CDK_CONTEXT_JSON": json.dumps(cdk_context(checkout)),
            "CDKTF_OUTDIR": str(output),
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
    )
