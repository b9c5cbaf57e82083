"""Sealed copy of a revision: the files that a synthesis reads. Reading any other fails, so that no change of it hides.

It lies outside the checkout, so that a search through the parent folders finds nothing either.
"""

import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir

from assembly.errors import SynthesisError
from assembly.revisions import Revision
from assembly.scratch import scratch_folder

# What a synthesis reads, and all that it can read. A name that ends with a slash is a folder.
SYNTHESIZED = (
    ".gitattributes",  # git writes the files as it says
    ".github/CODEOWNERS",  # `environments` refuses its placeholder beside a real account
    "app.py",
    "cdk.context.json",
    "cdk.json",
    "cdktf.json",
    "constructs_lib/",
    "environments/",
    "errors.py",
    "images/",
    "operations/",
    "package-lock.json",
    "package.json",
    "requirements.txt",
    "stacks/",
)
# What also reads the checks of what is deployed.
CHECKING = (*SYNTHESIZED, "assembly/")
# app.py imports the checks in any case. Where they are not called they are there by name only, so that no file of the
# readers can change what is synthesized.
_CHECKS = "assembly/provider_checks.py"
_NO_CHECKS = "def refuse_breaches(folder): raise NotImplementedError(folder)\n"


def files_read(found: Revision, *, but_of: Sequence[str] = (), checked: bool = False) -> dict[str, str]:
    """Return the blob id of each file that the synthesis of a cloud may read, by path.

    Args:
        found: the revision.
        but_of: the other clouds, whose own files it does not read.
        checked: whether it checks what is deployed.

    Raises:
        SynthesisError: a link is among them, or another repository: a deployment would find files there, and this not.
    """
    listed = CHECKING if checked else SYNTHESIZED
    names = tuple(name for name in listed if not name.endswith("/"))
    folders = tuple(name for name in listed if name.endswith("/"))
    unread = tuple(f"{folder}/{cloud}" for cloud in but_of for folder in ("constructs_lib", "stacks"))

    def is_read(path: str) -> bool:
        return path in names or (f"{path}/".startswith(folders) and not path.startswith(unread))

    if links := sorted(filter(is_read, found.links)):
        raise SynthesisError(
            f"{links[0]} is a link or another repository, which a review does not follow. Put the files there."
        )
    return {path: blob for path, blob in sorted(found.files.items()) if is_read(path)}


@contextmanager
def sealed_copy(found: Revision, paths: Sequence[str], libraries: Path) -> Iterator[Path]:
    """Yield a folder with some files of a revision and, under ``.venv``, its Python and node, while the block runs.

    Args:
        found: the revision.
        paths: of :func:`files_read`.
        libraries: its virtual environment.
    """
    with scratch_folder(Path(gettempdir())) as scratch:
        source = scratch / "checkout"
        source.mkdir()
        found.write(paths, source)
        checks = source / _CHECKS
        if not checks.exists():
            checks.parent.mkdir()
            checks.write_text(_NO_CHECKS, encoding="utf-8")
        _link(source / ".venv", libraries)
        yield source


def _link(environment: Path, libraries: Path) -> None:
    binaries = environment / "bin"
    binaries.mkdir(parents=True)
    python = binaries / "python"
    # -O: jsii would check the type of every argument. The variable for it is ignored under -E, which cdk.json says.
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(str(libraries / "bin" / "python"))} -O "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    (binaries / "node").symlink_to(libraries / "bin" / "node")
    # The command of cdk.json and cdktf.json names this folder as jsii's cache.
    cache = Path(sys.prefix) / "jsii"
    cache.mkdir(exist_ok=True)
    (environment / "jsii").symlink_to(cache)
