"""Escapers of foreign text, one for each target: Markdown, HTML, a terminal.

Foreign is what stands in a template, a commit, a file's name or another program's message. What a reader does not see
is shown as an escape: control characters, those that turn the direction of writing, separators of lines, odd blanks.
"""

import re
from html import escape as html_escape

from rich.markup import escape as rich_escape

from review.model.secrets import text_without_secrets

# Letters and marks of Unicode that show nothing, and are printable for Python.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# A word that neither Markdown nor GitHub makes anything of: no link, mention, number of an issue, id of a commit.
_WORD = re.compile(r"(?!(?:www\.|GH-\d|[0-9a-f]{7,40}$))(?:[^\W_]+(?:[.'-][^\W_]+)*|[→·—…&])", re.IGNORECASE)
_AROUND = re.compile(r"([(\"]*)(.*?)([)\",.;:!?]*)", re.DOTALL)


def shown(text: str) -> str:
    """Return foreign text as any target may show it: on one line, all of it seen, without secrets."""
    text = _UNSEEN.sub(_escaped, text_without_secrets(text))
    return text if text.isprintable() else "".join(char if char.isprintable() else _escaped(char) for char in text)


def _escaped(found: str | re.Match[str]) -> str:
    return (found if isinstance(found, str) else found[0]).encode("unicode_escape").decode()


def lines(text: str) -> str:
    """Return another program's message, of several lines, as a terminal may show it without markup."""
    return "\n".join(shown(line) for line in text.replace("\t", "    ").split("\n"))


def terminal(text: str) -> str:
    """Return foreign text for rich, which reads no markup in it."""
    return rich_escape(shown(text))


def html(text: str) -> str:
    """Return foreign text for HTML."""
    return html_escape(shown(text))


def code(text: str) -> str:
    """Return foreign text as a span of code, in which Markdown reads nothing."""
    line = shown(text) or " "
    longest = max((len(run) for run in re.findall("`+", line)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {line} {fence}" if longest else f"{fence}{line}{fence}"


def plain(text: str) -> str:
    """Return foreign words for Markdown: what could become more than a word stands in a span of code."""
    words = " ".join(_word(word) for word in shown(re.sub(r"\s+", " ", text)).split(" ") if word)
    if not words or words.isdigit():
        return code(words)  # nothing, and a number that a full stop follows, begin a list
    return re.sub(r"^(\d+)([.)])", r"\1\\\2", words)


def _word(word: str) -> str:
    around = _AROUND.fullmatch(word)
    assert around  # noqa: S101 - it matches everything
    before, core, after = around.groups()
    return word if not core or _WORD.fullmatch(core) else f"{before}{code(core)}{after}"


def cell(text: str) -> str:
    """Return foreign words for a cell of a table in Markdown, which a bar would end."""
    return plain(text).replace("|", "\\|")
