"""Documents name only what is there: files, anchors, targets, modules."""

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import pytest

from tests.synthesis import CHECKOUT

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")
_FENCE = re.compile(r"^```(?!mermaid).*?\n(.*?)^```", re.MULTILINE | re.DOTALL)
_TARGET = re.compile(r"\bmake ([a-z][a-z-]*)")
_MODULE = re.compile(r"\bpython3? -m ([a-z_]+(?:\.[a-z_]+)*)")
_BRACES = re.compile(r"\{([^{}]*,[^{}]*)\}")


@cache
def _tracked() -> frozenset[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    return frozenset(name for name in listed if name and (CHECKOUT / name).exists())


@cache
def _folders() -> frozenset[str]:
    return frozenset(str(parent) for name in _tracked() for parent in Path(name).parents)


@cache
def _targets() -> frozenset[str]:
    return frozenset(re.findall(r"^([a-z][a-z-]*):", (CHECKOUT / "Makefile").read_text(), re.MULTILINE))


def _documents() -> list[str]:
    return sorted(name for name in _tracked() if name.endswith(".md") and not name.startswith("tests/"))


def _anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _alternatives(path: str) -> Iterator[str]:
    """Yield what `docs/{a,b}.md` and `stacks/<cloud>` stand for."""
    parts = _BRACES.split(path.replace("<cloud>", "{aws,gcp}"))
    for choice in product(*(part.split(",") if index % 2 else [part] for index, part in enumerate(parts))):
        yield "".join(choice)


def _is_there(path: str) -> bool:
    path = re.sub(r"(:\d+)+$", "", path).split("#")[0].rstrip("/")
    if "<" in path or "…" in path:
        return True
    if "*" in path:
        return any(Path(name).match(path) for name in _tracked())
    return path in _tracked() or path in _folders()


def missing_links(document: str) -> list[str]:
    """Return the links of a document that lead nowhere."""
    text = (CHECKOUT / document).read_text()
    found = []
    for link in _LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (CHECKOUT / document).parent / path if path else CHECKOUT / document
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            found.append(link)
    return found


def missing_names(document: str) -> list[str]:
    """Return the paths, targets and modules in a document's code that are not there."""
    text = (CHECKOUT / document).read_text()
    code = [*_CODE.findall(text), *_FENCE.findall(text)]
    tops = {name.partition("/")[0] for name in _tracked() if "/" in name}
    paths = [
        path
        for word in _CODE.findall(text)
        if re.fullmatch(r"[\w./{},*<>…:#-]+", word) and "/" in word and word.partition("/")[0] in tops
        for path in _alternatives(word)
    ]
    return [
        *(path for path in paths if not _is_there(path)),
        *(f"make {name}" for words in code for name in _TARGET.findall(words) if name not in _targets()),
        *(f"python -m {name}" for words in code for name in _MODULE.findall(words) if not _module_exists(name)),
    ]


def _module_exists(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


@pytest.mark.parametrize("document", _documents())
def test_a_document_names_only_what_is_there(document: str) -> None:
    assert missing_links(document) + missing_names(document) == []


def test_each_kind_of_missing_name_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.docs.test_documents.CHECKOUT", tmp_path)
    monkeypatch.setattr("tests.docs.test_documents._tracked", lambda: frozenset({"docs/here.md", "Makefile"}))
    monkeypatch.setattr("tests.docs.test_documents._folders", lambda: frozenset({"docs", "."}))
    monkeypatch.setattr("tests.docs.test_documents._targets", lambda: frozenset({"there"}))
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "here.md").write_text(
        "# A heading\n[gone](gone.md) [bad](#nothing) [good](#a-heading)\n"
        "`docs/gone.md` `docs/{here,lost}.md` `docs/*.md`\n"
        "`make there` `make nothing`\n```\npython -m no.such.module\n```\n"
    )
    assert missing_links("docs/here.md") == ["gone.md", "#nothing"]
    assert missing_names("docs/here.md") == ["docs/gone.md", "docs/lost.md", "make nothing", "python -m no.such.module"]
