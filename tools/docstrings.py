"""Lint of docstrings: a module without one, and one that begins with a question word and so hides its noun.

    python -m tools.docstrings

Docstrings of modules, classes and functions count, also those of tests; a module of tests says what it tests.
"""

import ast
import re
import sys
from collections.abc import Iterator
from typing import NamedTuple

from assembly.revisions import CHECKOUT
from errors import exit_on_error
from tools.vocabulary import python_files

_HIDDEN = re.compile(
    r"(Every(thing|body)|How|No(body|thing)|W(hat|hatever|hen|henever|here|herever|hether|hich|ho|hoever|hom|hose|hy))\b"
)


class Breach(NamedTuple):
    """Docstring that begins with a question word, or the missing one of a module.

    Attributes:
        file: path of the file.
        line: line of the docstring.
        word: the question word; empty where there is no docstring.
    """

    file: str
    line: int
    word: str

    def __str__(self) -> str:
        fault = f"docstring begins with {self.word!r}" if self.word else "module without a docstring"
        return f"{self.file}:{self.line}: {fault}; begin with what the thing is, a noun"


def breaches(file: str, source: str) -> Iterator[Breach]:
    """Yield the docstrings of a Python file that begin with a question word, and its own where it has none.

    Raises:
        SyntaxError: the source is not Python.
    """
    module = ast.parse(source)
    if module.body and not ast.get_docstring(module):
        yield Breach(file, 1, "")
    for node in ast.walk(module):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            begin = _HIDDEN.match(ast.get_docstring(node) or "")
            if begin:
                yield Breach(file, node.body[0].lineno, begin[0])


def main() -> None:
    """Print every breach in the tracked Python files, and end with 1 if there is one."""
    found = [
        breach for name in python_files() for breach in breaches(name, (CHECKOUT / name).read_text(encoding="utf-8"))
    ]
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(bool(found))


if __name__ == "__main__":
    with exit_on_error():
        main()
