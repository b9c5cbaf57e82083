"""A report: a generated page, or several, made from what the checkout synthesizes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import RenderableType

AssemblyOf = Callable[[str], Path]
"""Returns the folder with the synthesized output of a cloud, by the cloud's name in cdk.json and cdktf.json."""


@dataclass(frozen=True)
class Rendered:
    """Rendered documents of a report, and the problems that it found.

    Attributes:
        documents: the text of each file that the report writes, by its path below the checkout.
        artifacts: the same for files that are not in git, which ``--check`` does not look at.
        problems: what the report finds wrong with the deployment, a line each; the command ends with 1 then.
        terminal: what the command prints after it has written the documents.
    """

    documents: dict[str, str]
    artifacts: dict[str, str] = field(default_factory=dict)
    problems: Sequence[str] = ()
    terminal: Sequence[RenderableType] = ()


@dataclass(frozen=True)
class Report:
    """A report by its name.

    Attributes:
        name: the argument of ``python -m reports``, and the target of ``make``.
        summary: a line for ``--help``.
        render: synthesizes what the report reads, through its argument, and returns what it says.
    """

    name: str
    summary: str
    render: Callable[[AssemblyOf], Rendered]
