"""Lint of docstrings: one that begins with a question word, and so hides the noun that a reader searches for.

    python -m tools.docstrings

Docstrings of modules, classes and functions count, also those of tests.
"""

import ast
import re
import sys
from collections.abc import Iterator
from typing import NamedTuple

from tools.vocabulary import CHECKOUT, python_files

_HIDDEN = re.compile(
    r"(Every(thing|body)|How|No(body|thing)|W(hat|hatever|hen|henever|here|herever|hether|hich|ho|hoever|hom|hose|hy))\b"
)


class Breach(NamedTuple):
    """Docstring that begins with a question word.

    Attributes:
        file: path of the file.
        line: line of the docstring.
        word: the question word.
    """

    file: str
    line: int
    word: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: docstring begins with {self.word!r}; begin with what the thing is, a noun"


def breaches(file: str, source: str) -> Iterator[Breach]:
    """Yield the docstrings of a Python file that begin with a question word.

    Raises:
        SyntaxError: the source is not Python.
    """
    for node in ast.walk(ast.parse(source)):
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
    main()
