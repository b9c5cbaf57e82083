"""Lint of docstrings: missing in a module, or beginning with a question word."""

import pytest

from tests.synthesis import CHECKOUT
from tools.docstrings import breaches
from tools.vocabulary import python_files


def test_every_module_has_a_docstring_and_none_begins_with_a_question_word() -> None:
    found = [str(breach) for name in python_files() for breach in breaches(name, (CHECKOUT / name).read_text())]
    assert found == []


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ('"""What a module is."""', 1),
        ('class Port:\n    """Where it listens."""', 2),
        ('class Port:\n    def open(self):\n        """\n        Nobody listens.\n        """', 3),
        ('async def port():\n    """Whatever is free."""', 2),
    ],
)
def test_each_kind_of_docstring_is_checked(source: str, line: int) -> None:
    found = [breach.line for breach in breaches("some/file.py", source) if breach.word]
    assert found == [line]


@pytest.mark.parametrize(
    "source", ['"""Whole numbers."""', '"""However many."""', '"""Texts."""\ntext = "What is no docstring"', ""]
)
def test_other_words_and_other_strings_pass(source: str) -> None:
    assert list(breaches("some/file.py", source)) == []


@pytest.mark.parametrize("source", ["import os", "# A comment is none.\nx = 1"])
def test_a_module_without_a_docstring_is_named(source: str) -> None:
    (breach,) = breaches("some/file.py", source)
    assert str(breach).startswith("some/file.py:1: module without a docstring")
