"""checkov on the synthesized Terraform stacks (``python -m tools.terraform_checkov``), less what is accepted.

checkov reads Terraform's JSON, but no comments in it, and stumbles over some of its blocks. So it is given what it can
read, and what stays of its findings stands in ``terraform_checkov.yaml``, each with a reason.
"""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from assembly import Stack, open_assembly
from assembly.values import Json
from errors import GoodiesError, exit_on_error

ACCEPTED = Path(__file__).with_suffix(".yaml")
_ROOT = Path(__file__).parents[1]
_PROGRAM = _ROOT / ".venv" / "checkov" / "bin" / "checkov"
_READ_BLOCKS = ("resource", "data", "provider")


@dataclass(frozen=True)
class Finding:
    """Finding of checkov on a resource.

    Attributes:
        kind: the resource's type.
        path: where it stands in the construct tree of its stack.
    """

    check: str
    name: str
    stack: str
    kind: str
    path: str

    def __str__(self) -> str:
        return f"{self.stack}/{self.path}: {self.check}: {self.name}"


@dataclass(frozen=True)
class Row:
    """A row of ``terraform_checkov.yaml``: findings that are accepted.

    Attributes:
        check: of checkov.
        at: a resource type, or a type and the construct path of one resource.
        because: the reason.
    """

    check: str
    at: str
    because: str

    def covers(self, finding: Finding) -> bool:
        """Return whether the suppression covers this finding."""
        return self.check == finding.check and self.at in {finding.kind, f"{finding.kind} {finding.path}"}


def accepted() -> list[Row]:
    """Return the rows of ``terraform_checkov.yaml``."""
    return [Row(**row) for row in yaml.safe_load(ACCEPTED.read_text(encoding="utf-8"))]


def objections(findings: Sequence[Finding], rows: Sequence[Row]) -> list[str]:
    """Name the findings without a row, and the rows without a finding."""
    new = [str(finding) for finding in findings if not any(row.covers(finding) for row in rows)]
    stale = [row for row in rows if not any(row.covers(finding) for finding in findings)]
    return new + [f"{ACCEPTED.name}: {row.check} at {row.at} is found no more; take the row out" for row in stale]


def findings(folder: Path) -> tuple[list[Finding], list[str]]:
    """Return the findings of checkov in the stacks of a folder, and the checks that fail to run."""
    stacks = open_assembly(folder).stacks
    if not _PROGRAM.exists():
        raise GoodiesError(f"{_PROGRAM} is not installed; `make lint` installs it")
    with TemporaryDirectory() as scratch:
        for name, stack in stacks.items():
            kept = {block: stack.template[block] for block in _READ_BLOCKS if block in stack.template}
            Path(scratch, f"{name}.tf.json").write_text(json.dumps(kept, indent=1), encoding="utf-8")
        done = subprocess.run(  # noqa: S603 - the pinned tool
            [
                *(str(_PROGRAM), "--directory", scratch, "--framework", "terraform_json"),
                *("--skip-download", "--quiet", "--output", "json"),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    return list(_read(json.loads(done.stdout), stacks)), sorted(set(re.findall(r"run check (\w+)", done.stderr)))


def _read(report: Json, stacks: Mapping[str, Stack]) -> Iterator[Finding]:
    for failed in report["results"]["failed_checks"]:
        stack = Path(failed["file_path"]).name.removesuffix(".tf.json")
        name = failed["resource"].rpartition(".")[2]
        found = next(each for each in stacks[stack].resources.values() if each.id.partition(".")[2] == name)
        yield Finding(failed["check_id"], failed["check_name"], stack, found.type, found.path)


def main() -> None:
    """Judge ``cdktf.out``.

    Raises:
        SystemExit: something is found that is not accepted, or accepted that is not found.
    """
    found, failed = findings(_ROOT / "cdktf.out")
    if failed:
        print(f"checkov cannot judge by {', '.join(failed)}: these fail on Terraform's JSON")
    if wrong := objections(found, accepted()):
        raise SystemExit("\n".join(wrong))


if __name__ == "__main__":
    with exit_on_error():
        main()
