"""Progress of a deploy: a CLI's output as one live line for each stack."""

import re
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

_EVENT = re.compile(
    r"^(?P<stack>\S+) \|\s*(?P<done>\d+)(/(?P<all>\d+))? \|[^|]*\| \w+\s*\| (?P<type>\S+)\s*\| (?P<rest>.*)"
)
_BEGINS = re.compile(r"^(?P<stack>\S+): (deploying\.\.\.|creating CloudFormation changeset)")
_ENDS = re.compile(r"^\s*(?P<mark>[✅❌])\s+(?P<stack>\S+?):?(?P<unchanged> \(no changes\))?( failed.*)?$")


@dataclass
class StackProgress:
    """Progress of a stack.

    Attributes:
        state: ``waiting``, ``deploying``, ``done``, ``unchanged`` or ``failed``.
        done: resources that are complete.
        total: resources in all; 0 while unknown.
        current: the resource at work.
        seconds: how long the deploy took, or takes so far.
    """

    state: str = "waiting"
    done: int = 0
    total: int = 0
    current: str = ""
    began: float = 0.0
    seconds: float = 0.0


class Progress(ABC):
    """Follows a deploy line by line.

    Attributes:
        stacks: each stack's progress, by name, in the order of the deploy.
    """

    def __init__(self, stacks: Iterable[str], console: Console) -> None:
        self.stacks = {name: StackProgress() for name in stacks}
        self._console = console

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Draw the stacks while the block runs; on anything but a terminal, a line as each ends."""
        if not self._console.is_terminal:
            yield
            return
        with Live(get_renderable=self._draw, console=self._console, refresh_per_second=8):
            yield

    @abstractmethod
    def follow(self, line: str) -> None:
        """Take in one line of the CLI's output."""

    def begin(self, name: str) -> None:
        """Start the clock of a stack that waits."""
        stack = self.stacks[name]
        if stack.state == "waiting":
            stack.state, stack.began = "deploying", time.monotonic()

    def end(self, name: str, state: str) -> None:
        """Stop the clock of a stack, which is ``done``, ``unchanged`` or ``failed``."""
        stack = self.stacks[name]
        stack.state, stack.current = state, ""
        stack.seconds = time.monotonic() - stack.began if stack.began else 0.0
        if not self._console.is_terminal:
            self._console.print(
                f"{name}: {state}" + (f" in {stack.seconds:.0f} s" if state == "done" else ""), highlight=False
            )

    def _draw(self) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        table.add_column(min_width=24)
        for name in self._drawn():
            table.add_row(name, *_cells(self.stacks[name]))
        return Group(table)

    def _drawn(self) -> Iterable[str]:
        return self.stacks


class CdkProgress(Progress):
    """Follows ``cdk deploy --progress events``."""

    def follow(self, line: str) -> None:
        """Take in one line of the CLI's output."""
        if event := _EVENT.match(line):
            self._event(event)
        elif (begins := _BEGINS.match(line)) and begins["stack"] in self.stacks:
            self.begin(begins["stack"])
        elif (ends := _ENDS.match(line)) and ends["stack"] in self.stacks:
            self.end(ends["stack"], "failed" if ends["mark"] == "❌" else "unchanged" if ends["unchanged"] else "done")

    def _event(self, event: re.Match[str]) -> None:
        stack = self.stacks.get(event["stack"])
        if stack is None:
            return
        stack.done, stack.total = int(event["done"]), int(event["all"] or stack.total)
        stack.current = f"{event['type'].removeprefix('AWS::')} {event['rest'].split(' ')[0]}"


def _cells(stack: StackProgress) -> tuple[RenderableType, RenderableType, RenderableType]:
    match stack.state:
        case "waiting":
            return Text("waiting", style="dim"), "", ""
        case "deploying":
            seconds = f"{time.monotonic() - stack.began:.0f} s"
            bar = ProgressBar(total=stack.total or None, completed=stack.done, width=24, pulse=not stack.total)
            return bar, seconds, Text(stack.current[:60], style="dim")
        case "failed":
            return Text("failed", style="red"), f"{stack.seconds:.0f} s", ""
        case state:
            return Text(state, style="green"), f"{stack.seconds:.0f} s" if state == "done" else "", ""
