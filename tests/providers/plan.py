"""Plans of edits by Terraform's real providers, for the tests that hold the review to them.

    python -m tests.providers.plan FOLDER --providers MIRROR [--charts FOLDER]

Everything is deployed to an embedded Google Cloud first, unless it is; then each edit of ``planned_edits.jsonl`` is
planned on that state: a quarter of an hour.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from assembly import Assembly, Stack
from assembly.values import Json
from local.gcp import working_copy
from local.gcp.cloud import EmbeddedGoogleCloud
from local.gcp.environment import deploy_environment
from local.gcp.state import State
from tests.review import planned_edits
from tests.review.edits import Edit, applied, find, settings
from tests.synthesis import CHECKOUT

ENVIRONMENTS = ("prod", "staging", "dev")
# Terraform's words for what it is going to do (`terraform plan -json`, "Machine-Readable UI"), in the review's.
_WORDS = {"update": "changed", "replace": "replaced", "delete": "removed", "create": "added"}


@dataclass(frozen=True)
class Planner:
    """Terraform on the state of a stack that is deployed.

    Attributes:
        folder: where Terraform runs.
        environment: of Terraform.
        stack: as it is deployed.
    """

    folder: Path
    environment: Mapping[str, str]
    stack: Stack

    @classmethod
    def of(cls, cloud: EmbeddedGoogleCloud, stack: Stack) -> "Planner":
        """Return the planner of a stack of the working copy: its state lies beside it, no bucket is asked."""
        folder = cloud.directory / "plans" / stack.name
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(stack.file.parent, folder, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate"))
        (folder / "backend_override.tf.json").write_text(json.dumps({"terraform": {"backend": {"local": {}}}}))
        planner = cls(folder, deploy_environment(cloud), stack)
        planner.run("init", "-input=false")
        (folder / "terraform.tfstate").write_text(json.dumps(State(cloud, stack).read()))
        return planner

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run Terraform to its end."""
        return subprocess.run(
            ["terraform", f"-chdir={self.folder}", *words],
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def plan(self, edit: Edit) -> dict[str, str]:
        """Return what Terraform does to each construct by an edit, or under ``refused`` why it does nothing."""
        resource = find(self.stack, edit)
        template = json.loads(self.stack.file.read_text())
        kind, _, name = resource.id.partition(".")
        body = applied(settings(resource), edit)
        if body is None:
            del template["resource"][kind][name]
        else:
            untouched = {key: value for key, value in resource.body.items() if key not in settings(resource)}
            template["resource"][kind][name] = untouched | body
        (self.folder / self.stack.file.name).write_text(json.dumps(template))
        done = self.run("plan", "-json", "-input=false", "-refresh=false", "-lock=false")
        events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        if done.returncode:
            return {"refused": next(_diagnoses(events), done.stderr)}
        planned = [event["change"] for event in events if event["type"] == "planned_change"]
        return dict(
            sorted(
                (self.stack.paths[change["resource"]["addr"]], _WORDS[change["action"]])
                for change in planned
                if change["action"] in _WORDS
            )
        )


def _diagnoses(events: list[Json]) -> Iterator[str]:
    for event in events:
        if event["type"] == "diagnostic" and event["diagnostic"]["severity"] == "error":
            found = event["diagnostic"]
            yield " ".join(f"{found['summary']}: {found['detail']}".split()).removesuffix(": ")


def deploy(folder: Path, providers: Path, charts: Path | None) -> Assembly:
    """Deploy all environments to the cloud in a folder, and return what is deployed."""
    options = [f"--providers={providers}", *([f"--charts={charts}"] if charts else [])]
    for environment in ENVIRONMENTS:
        command = [sys.executable, "-m", "tests.providers.deploy", str(folder), environment, *options]
        subprocess.run(command, cwd=CHECKOUT, check=True)
    return working_copy.update(EmbeddedGoogleCloud(folder))


def main(
    folder: Path,
    providers: Annotated[Path, typer.Option(help="Terraform's filesystem mirror.")],
    charts: Annotated[Path | None, typer.Option(help="Folder of charts' archives, where their pages are not.")] = None,
) -> None:
    """Plan the edits that have no plan yet, and write what Terraform says of them."""
    assembly = deploy(folder, providers, charts)
    cloud = EmbeddedGoogleCloud(folder)
    planners: dict[str, Planner] = {}
    rows = planned_edits.read()
    for number, row in enumerate(rows):
        if row.terraform is None:
            stack = assembly.stack(row.edit.stack)
            planner = planners.get(stack.name) or planners.setdefault(stack.name, Planner.of(cloud, stack))
            rows[number] = row.planned(planner.plan(row.edit))
            planned_edits.write(rows)
            print(number, row.edit.name, rows[number].terraform)


if __name__ == "__main__":
    typer.run(main)
