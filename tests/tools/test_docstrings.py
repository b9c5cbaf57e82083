"""Lint of docstrings that begin with a question word."""

import pytest

from tests.synthesis import CHECKOUT
from tools.docstrings import breaches
from tools.vocabulary import python_files


def test_no_docstring_begins_with_a_question_word() -> None:
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
    assert [breach.line for breach in breaches("some/file.py", source)] == [line]


@pytest.mark.parametrize("source", ['"""Whole numbers."""', '"""However many."""', 'text = "What is no docstring"', ""])
def test_other_words_and_other_strings_pass(source: str) -> None:
    assert list(breaches("some/file.py", source)) == []
