"""Lint of names, and the field's words that a search must find."""

import ast
from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.synthesis import CHECKOUT
from tools.vocabulary import banned_words, breaches, python_files

GLOSSARY = CHECKOUT / "docs" / "glossary.md"
SEARCHES: dict[str, str] = yaml.safe_load((Path(__file__).with_name("searches.yaml")).read_text())


def test_no_name_hides_the_fields_word() -> None:
    banned = banned_words()
    found = [str(breach) for name in python_files() for breach in breaches(name, (CHECKOUT / name).read_text(), banned)]
    assert found == []


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("def mended(): pass", "mended"),
        ("class ToldPuller: pass", "ToldPuller"),
        ("climbing = 1", "climbing"),
        ("def lookups_and_doors(): pass", "lookups_and_doors"),
        ("def f(*, page_door): pass", "page_door"),
        ("_rung = 1", "_rung"),
        ("self.entrance = 1", "entrance"),
        ("for surprise in (): pass", "surprise"),
        ("import x as asked", "asked"),
        ("try: pass\nexcept E as surprise: pass", "surprise"),
        ("match x:\n    case told: pass", "told"),
        ("match x:\n    case [*rung]: pass", "rung"),
        ("match x:\n    case {**asked}: pass", "asked"),
    ],
)
def test_each_kind_of_name_is_judged(source: str, name: str) -> None:
    assert {breach.name for breach in breaches("some/file.py", source, banned_words())} == {name}


@pytest.mark.parametrize(
    "source", ["untold = 1", "def test_what_is_told(): pass", "print('told')", "lookup = 1", "looked_up = 1"]
)
def test_whole_words_count_and_tests_are_sentences(source: str) -> None:
    assert list(breaches("some/file.py", source, banned_words())) == []


def test_a_file_is_judged_by_its_name_too() -> None:
    assert [breach.word for breach in breaches("tools/undo/file.py", "", banned_words())] == ["undo"]


@cache
def _searched() -> dict[str, str]:
    """Return what a search looks through: of each file its path and the first line of its docstring."""
    return {name: f"{_plain(name)}\n{_plain(_first_line(name))}" for name in python_files()}


def _plain(text: str) -> str:
    return " ".join(text.replace("_", " ").replace("-", " ").replace("/", " ").split()).lower()


def _first_line(name: str) -> str:
    return (ast.get_docstring(ast.parse((CHECKOUT / name).read_text())) or "").partition("\n")[0]


@pytest.mark.parametrize("word", SEARCHES)
def test_a_search_for_the_fields_word_finds_the_file(word: str) -> None:
    found = [name for name, text in _searched().items() if _plain(word) in text]
    assert SEARCHES[word] in found


def test_at_least_thirty_words_are_searched() -> None:
    assert len(SEARCHES) >= 30


def test_the_glossary_explains_few_words_and_none_that_is_banned() -> None:
    words = [line.split("|")[1].strip(" `") for line in GLOSSARY.read_text().splitlines() if line.startswith("| ")][1:]
    assert 0 < len(words) <= 15
    assert {word.lower() for word in words} & banned_words().keys() == set()
