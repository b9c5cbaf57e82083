"""Lambda packages: a program of ``operations/`` with the libraries that it needs."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import files
from pathlib import Path
from tempfile import TemporaryDirectory

from aws_cdk import aws_lambda as lambda_

OPERATIONS = Path(__file__).parents[3] / "operations"


@contextmanager
def program(
    name: str, *, libraries: Iterable[str], data: Iterable[str] = (), modules: Iterable[str] = ()
) -> Iterator[lambda_.Code]:
    """Yield the code of ``operations/<name>.py``, of data beside it, and of installed libraries, all plain Python.

    The program lies at the top, whatever its folder is: its handler is ``<last part of the name>.<function>``. Modules
    that it shares with others keep their folders: ``release/direct_calls`` is ``operations.release.direct_calls``.

    The function must be made within the ``with`` block, as the code is read then.

    Only files of the pinned packages are packed, so that every machine packs the same bytes: their metadata too,
    because some packages read their own version, but no byte code and no records of the installation.

    Raises:
        FileNotFoundError: when there is no such program, or no such data.
        importlib.metadata.PackageNotFoundError: when a library is not installed.
    """
    with TemporaryDirectory() as folder:
        for file_name in (f"{name}.py", *data):
            shutil.copy(OPERATIONS / file_name, folder)
        for module in modules:
            copy = Path(folder, OPERATIONS.name, f"{module}.py")
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(OPERATIONS / f"{module}.py", copy)
        for library in libraries:
            for file in files(library) or []:
                if (file.suffix == ".py" or file.name == "METADATA") and ".." not in file.parts:
                    target = Path(folder, file)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(file.locate(), target)
        yield lambda_.Code.from_asset(folder)
