"""Runs app.py the way the command lines do."""

import json
import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parent.parent


def synthesize(output: Path, cloud: str = "aws", *, checkout: Path = CHECKOUT, **variables: str) -> None:
    """Write a cloud's assembly of a checkout to a folder; ``variables`` join the process's environment."""
    completed = run_app(output, cloud, checkout=checkout, **variables)
    if completed.returncode:
        raise RuntimeError(f"app.py {cloud} failed in {checkout}:\n{completed.stdout}{completed.stderr}")


def run_app(
    output: Path, cloud: str, *, checkout: Path = CHECKOUT, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run app.py as ``synthesize`` does, and return how it ended."""
    context = json.loads((checkout / "cdk.json").read_text())["context"]
    scripts = Path(sys.executable).parent
    return subprocess.run(
        [sys.executable, "app.py", cloud],
        cwd=checkout,
        env={
            **os.environ,
            "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
            "CDK_OUTDIR": str(output),
            "CDK_CONTEXT_JSON": json.dumps(context),
            "CDKTF_OUTDIR": str(output),
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
    )
