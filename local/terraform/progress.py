"""Progress of a deploy by Terraform: what ``cdktf deploy`` writes, as one live line for each stack."""

import re
from collections.abc import Iterable

from rich.console import Console

from local.progress import Progress

_PLAN = re.compile(r"^Plan: (?P<counts>.*)\.$")
_VERBS = "Refreshing state|Preparing import|Importing|Reading|Creating|Modifying|Destroying"
# The CLI adds the path of the construct to a resource's address.
_BEGINS = re.compile(rf"^(?P<type>[\w.]+)\.(?P<name>\S+)(?: \((?P<path>.+?)\))?: (?P<verb>{_VERBS})\.\.\.")
_CHANGES = ("Importing", "Creating", "Modifying", "Destroying")
_COMPLETES = re.compile(r"^\S.*?: (Import|Creation|Modifications|Destruction) complete\b")
_UNCHANGED = "No changes."
_APPLIED = "Apply complete!"
_RELEASES = "Releasing state lock."
_ERROR = "Error: "
# What cdktf writes after Terraform has ended with an error.
_AFTERMATH = ("undefined", "Invoking Terraform CLI failed", "Collecting Debug Information", "terraform init failed")
# Where in the stack's file a resource stands, and the line there.
_PLACE = re.compile(r"^(on \S+ line \d+|\d+: )")


class TerraformProgress(Progress):
    """Follows ``cdktf deploy --no-color``, a stack at a time.

    Args:
        stacks: names, in the order of the deploy.
        console: where to show how it goes.
        provider: beginning of resource types that is not shown, such as ``google_``.

    Attributes:
        errors: what Terraform says of the stack that failed, an error each.
        changing: whether Terraform has begun to change something.
        saved: whether Terraform has written its state, to the bucket or beside the stack, for the last time.
    """

    errors: list[str]
    changing: bool
    saved: bool

    def __init__(self, stacks: Iterable[str], console: Console, *, provider: str = "") -> None:
        super().__init__(stacks, console)
        self._provider = provider

    def begin(self, name: str) -> None:
        """Start the clock of a stack, whose lines follow."""
        super().begin(name)
        self._name = name
        self._stack = self.stacks[name]
        self.changing = self.saved = False
        self._unchanged = self._applied = self._after = False
        self.errors = []

    def follow(self, line: str) -> None:
        """Take in one line of the CLI's output."""
        text = line.strip().removeprefix(f"{self._name}  ").strip()
        if text.startswith(_RELEASES):
            self.saved = True
        elif self.errors or text.startswith(_ERROR):
            self._error(text)
        elif plan := _PLAN.match(text):
            self._stack.total = sum(map(int, re.findall(r"\d+", plan["counts"])))
            self._stack.done = 0
        elif begins := _BEGINS.match(text):
            self.changing = self.changing or begins["verb"] in _CHANGES
            kind = begins["type"].removeprefix(self._provider)
            self._stack.current = f"{begins['verb'].lower()} {kind} {begins['path'] or begins['name']}"
        elif _COMPLETES.match(text):
            self._stack.done += 1
        elif text.startswith(_UNCHANGED):
            self._unchanged = True
        elif text.startswith(_APPLIED):
            self._applied = True

    def finish(self) -> bool:
        """End the stack. Returns whether Terraform said that it applied it.

        The exit code of ``cdktf deploy`` does not tell: it is 0 also after an interrupt.
        """
        self.end(
            self._name, "unchanged" if self._applied and self._unchanged else "done" if self._applied else "failed"
        )
        return self._applied

    def _drawn(self) -> Iterable[str]:
        return (self._name,)

    def _error(self, text: str) -> None:
        if text.startswith(_AFTERMATH):
            self._after = True
        if self._after or not text or _PLACE.match(text):
            return
        if text.startswith(_ERROR):
            self.errors.append(text.removeprefix(_ERROR))
        else:
            self.errors[-1] = f"{self.errors[-1]} {text}"
