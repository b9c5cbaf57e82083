"""Plans of edits by Terraform's real providers, for the tests that hold the review to them.

    python -m tests.providers.plan FOLDER --providers MIRROR [--charts FOLDER]

Everything is deployed to an embedded Google Cloud first, unless it is; then each edit of ``planned_edits.jsonl`` is
planned on that state: a quarter of an hour.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from assembly import Assembly, Stack
from assembly.references import addresses_in
from assembly.terraform import elements
from assembly.values import Json
from local.gcp.cloud import EmbeddedGoogleCloud
from local.terraform import working_copy
from local.terraform.environment import deploy_environment
from tests.review import planned_edits
from tests.review.edits import Edit, applied, find, settings
from tests.synthesis import CHECKOUT

ENVIRONMENTS = ("prod", "staging", "dev")
# Edits that are planned in one run.
_TOGETHER = 20
_OFF = '"prevent_destroy": false'
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
        (folder / "terraform.tfstate").write_text(json.dumps(cloud.state(stack).read()))
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

    def plan(self, edits: Sequence[Edit]) -> Mapping[str, dict[str, str]]:
        """Return what Terraform does to each construct by each edit, or under ``refused`` why it does nothing.

        Args:
            edits: of which none changes what another one concerns.
        """
        found: dict[str, dict[str, str]] = {}
        while left := [edit for edit in edits if edit.name not in found]:
            events = self._events(left)
            errors = [event["diagnostic"] for event in events if event["type"] == "diagnostic"]
            refused = {error.get("address", ""): error for error in errors if error["severity"] == "error"}
            if not refused:
                return found | self._read(left, events)
            edited = {find(self.stack, edit).id: edit for edit in left}
            if len(left) > 1 and not refused.keys() & edited.keys():
                return found | self._one_by_one(left)
            for address, error in refused.items():
                # What another resource lacks, or what has no address, may be for any of the edits.
                if edit := edited.get(address) if len(left) > 1 else left[0]:
                    said = " ".join(f"{error['summary']}: {error['detail']}".split()).removesuffix(":")
                    found.setdefault(edit.name, {"refused": said})
        return found

    def _one_by_one(self, edits: Iterable[Edit]) -> dict[str, dict[str, str]]:
        return {name: words for each in edits for name, words in self.plan([each]).items()}

    def _events(self, edits: Sequence[Edit]) -> list[Json]:
        template = json.loads(self.stack.file.read_text())
        for edit in edits:
            resource = find(self.stack, edit)
            kind, _, name = resource.id.partition(".")
            body = applied(settings(resource), edit)
            if body is None:
                del template["resource"][kind][name]
            else:
                untouched = {key: value for key, value in resource.body.items() if key not in settings(resource)}
                template["resource"][kind][name] = untouched | body
        # What is protected would be the only answer: "Instance cannot be destroyed".
        (self.folder / self.stack.file.name).write_text(re.sub(r'"prevent_destroy": true', _OFF, json.dumps(template)))
        done = self.run("plan", "-json", "-input=false", "-refresh=false", "-lock=false")
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    def _read(self, edits: Sequence[Edit], events: Sequence[Json]) -> dict[str, dict[str, str]]:
        planned = [event["change"] for event in events if event["type"] == "planned_change"]
        words = {change["resource"]["addr"]: _WORDS.get(change["action"]) for change in planned}
        concerned = {edit.name: concerns(self.stack, edit) for edit in edits}
        found: dict[str, dict[str, str]] = {edit.name: {} for edit in edits}
        unclear: set[str] = set()
        for address, word in sorted(words.items()):
            names = [name for name, concerned_by_it in concerned.items() if address in concerned_by_it]
            if word and len(names) > 1:
                unclear |= {*names}
            elif word:
                found[names[0]][self.stack.paths[address]] = word
        return found | self._one_by_one(edit for edit in edits if edit.name in unclear)


def concerns(stack: Stack, edit: Edit) -> Set[str]:
    """Return the address of what an edit changes, and of all that refers to it, and so on."""
    bodies = dict([*elements(stack.template), *elements(stack.template, "data")])
    refers = {address: {*addresses_in(body)} for address, body in bodies.items()}
    for address in bodies:
        # The provider of Kubernetes asks the cluster.
        if address.startswith(("kubernetes_", "helm_")):
            refers[address] |= {each for each in bodies if each.startswith("google_container_cluster.")}
    found = {find(stack, edit).id}
    while more := {address for address, others in refers.items() if others & found} - found:
        found |= more
    return found


def together(stack: Stack, edits: Iterable[Edit]) -> Iterator[Sequence[Edit]]:
    """Yield edits that can be planned together: none changes what another one concerns."""
    left = list(edits)
    concerned = {edit.name: concerns(stack, edit) for edit in left}
    while left:
        several: list[Edit] = []
        for edit in left:
            own = find(stack, edit).id
            others = {find(stack, other).id for other in several}
            concerns_none = not others & concerned[edit.name] and all(own not in concerned[it.name] for it in several)
            if concerns_none and len(several) < _TOGETHER:
                several.append(edit)
        left = [edit for edit in left if edit not in several]
        yield several


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
    rows = planned_edits.read()
    for name, stack in assembly.stacks.items():
        planner = Planner.of(cloud, stack)
        edits = [row.edit for row in rows if row.terraform is None and row.edit.stack == name]
        for several in together(stack, edits):
            words = planner.plan(several)
            rows = [row.planned(words[row.edit.name]) if row.edit.name in words else row for row in rows]
            planned_edits.write(rows)
            print(name, len(several))


if __name__ == "__main__":
    typer.run(main)
