"""Runs app.py the way the CDK command line does."""

import json
import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parent.parent


def synthesize(output: Path, *, checkout: Path = CHECKOUT, **variables: str) -> None:
    """Write the AWS assembly of a checkout to a folder; ``variables`` join the process's environment."""
    context = json.loads((checkout / "cdk.json").read_text())["context"]
    scripts = Path(sys.executable).parent
    completed = subprocess.run(
        [sys.executable, "app.py", "aws"],
        cwd=checkout,
        env={
            **os.environ,
            "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
            "CDK_OUTDIR": str(output),
            "CDK_CONTEXT_JSON": json.dumps(context),
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if completed.returncode:
        raise RuntimeError(f"app.py aws failed in {checkout}:\n{completed.stdout}{completed.stderr}")
