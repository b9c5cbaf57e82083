"""A copy of the checkout that a measurement may change, with as many environments as it likes."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from assembly.revisions import CHECKOUT, revision

_MODEL = "dev"
_DAYS = re.compile(r"^(_ABANDONED_UPLOADS\w* = (?:Duration\.days\()?)\d+", re.MULTILINE)


class CheckoutCopy:
    """A repository of one commit, ``main``.

    Args:
        folder: where to make it; what is there goes.
        environments: how many, generated after the one for development; those of the checkout where None.
    """

    def __init__(self, folder: Path, environments: int | None = None) -> None:
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        for name in revision(None).files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, folder / name)
        for name in (".venv", "node_modules"):
            (folder / name).symlink_to(CHECKOUT / name)
            with (folder / ".gitignore").open("a") as ignored:
                ignored.write(f"{name}\n")  # as it says already of folders; this is a link
        self._edited = folder / "environments" / f"{_MODEL}.yaml"
        self._edits = 0
        if environments is not None:
            self._generate(environments)
        self._git("init", "--quiet", "--initial-branch=main")
        self._git("add", "--all")
        self._git("-c", "user.name=bench", "-c", "user.email=bench@goodies.example", "commit", "--quiet", "-m", "Base")

    def edit(self) -> None:
        """Change an environment as a person would, otherwise than ever before."""
        self._edits += 1
        text = self._edited.read_text()
        line = next(line for line in text.splitlines() if line.startswith("budget_usd:"))
        self._edited.write_text(text.replace(line, f"budget_usd: {1000 + self._edits}"))

    def edit_construct(self, cloud: str) -> None:
        """Change one line of a construct of a cloud, otherwise than ever before: after how many days uploads end."""
        self._edits += 1
        file = self.folder / "constructs_lib" / cloud / "data" / "storage.py"
        text, found = _DAYS.subn(rf"\g<1>{100 + self._edits}", file.read_text(), count=1)
        if not found:
            raise ValueError(f"{file} says no longer when uploads that are not finished end")
        file.write_text(text)

    def command(self, module: str, *arguments: str) -> list[str]:
        """Return the command that runs a module of the copy."""
        return [str(self.folder / ".venv" / "bin" / Path(sys.executable).name), "-m", module, *arguments]

    def _generate(self, number: int) -> None:
        folder = self.folder / "environments"
        text = (folder / f"{_MODEL}.yaml").read_text()
        for present in [path for path in folder.glob("*.yaml") if path.name != "policy.yaml"]:
            present.unlink()
        for index in range(number):
            self._edited = folder / f"e{index}.yaml"
            self._edited.write_text(
                text.replace(f"{_MODEL}.goodies.example", f"e{index}.goodies.example")
                .replace("10.10.0.0/16", f"10.{100 + index}.0.0/16")
                .replace(f"goodies-{_MODEL}", f"goodies-e{index}")
            )

    def _git(self, *arguments: str) -> None:
        subprocess.run(["git", "-C", str(self.folder), *arguments], check=True, capture_output=True)  # noqa: S603, S607
