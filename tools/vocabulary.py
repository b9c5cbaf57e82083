"""Lint of names: an identifier or a file named with a word that hides the field's own (docs/glossary.md).

    python -m tools.vocabulary

The words and their replacements stand in ``vocabulary.yaml`` beside this file. Names that a file defines are judged:
functions, classes, arguments, variables, attributes; a test's name is a sentence and is not.
"""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import yaml

from assembly.revisions import CHECKOUT, tracked
from errors import exit_on_error

WORDS = Path(__file__).with_suffix(".yaml")
# Endings that make another form of the same word: `tells`, `climbing`.
_ENDINGS = ("", "s", "es", "d", "ed", "ing")
# Facts of a provider are its schemas (`make provider-facts`), and a value is looked up.
_ACCEPTED = {"facts", "looked"}
# `redis_port`, `_on_call`, `LoadBalancer`, `HTTPS`.
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


class Breach(NamedTuple):
    """A name that has a banned word in it.

    Attributes:
        place: file, and line where there is one.
        name: the identifier or the file's name.
        word: the banned word.
        instead: what to write.
    """

    place: str
    name: str
    word: str
    instead: str

    def __str__(self) -> str:
        return f"{self.place}: {self.name}: {self.word!r} hides the field's word; write {self.instead}"


def banned_words(file: Path = WORDS) -> Mapping[str, str]:
    """Return the replacement of each banned word."""
    words: dict[str, str] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return words


def breaches(place: str, source: str, banned: Mapping[str, str]) -> Iterator[Breach]:
    """Yield the names that a Python file defines, and its own, that have a banned word in them.

    Raises:
        SyntaxError: the source is not Python.
    """
    for folder in Path(place).with_suffix("").parts:
        yield from _judged(place, folder, banned)
    for line, name in sorted(set(_defined(ast.parse(source)))):
        yield from _judged(f"{place}:{line}", name, banned)


def _judged(place: str, name: str, banned: Mapping[str, str]) -> Iterator[Breach]:
    for part in _PARTS.findall(name):
        if part.lower() in _ACCEPTED:
            continue
        forms = {part.lower().removesuffix(ending) for ending in _ENDINGS}
        for word in sorted(forms & banned.keys()):
            yield Breach(place, name, word, banned[word])


def _defined(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if not name.startswith("test_"):
                yield node.lineno, name
            case ast.ClassDef(name=name) | ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.alias(asname=str(name)) | ast.ExceptHandler(name=str(name)):
                yield node.lineno, name
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                yield node.lineno, name


def python_files() -> list[str]:
    """Return the tracked Python files of the checkout that exist."""
    return tracked("*.py")


def main() -> None:
    """Print every breach in the tracked Python files, and end with 1 if there is one."""
    banned = banned_words()
    found = [
        breach
        for name in python_files()
        for breach in breaches(name, (CHECKOUT / name).read_text(encoding="utf-8"), banned)
    ]
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(bool(found))


if __name__ == "__main__":
    with exit_on_error():
        main()
