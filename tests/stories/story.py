"""A story: what befell an environment under load, when that was seen and taken back, and what its clients noticed."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

_COLUMNS: Sequence[tuple[str, Callable[["Story"], str]]] = (
    ("Story", lambda story: story.name),
    ("Environment", lambda story: story.environment),
    ("Requests a second", lambda story: story.rate),
    ("Noticed by clients", lambda story: _minute(story.noticed)),
    ("Seen", lambda story: _minute(story.seen)),
    ("By", lambda story: story.by or "-"),
    ("Team mailed", lambda story: _minute(story.mailed)),
    ("Paged", lambda story: _minute(story.paged)),
    ("Rolled back", lambda story: _minute(story.rolled_back)),
    ("Over", lambda story: _minute(story.over)),
    ("Requests", lambda story: f"{story.sent}"),
    ("Failed", lambda story: f"{story.failed}"),
    ("Wrong", lambda story: f"{story.wrong}"),
)


@dataclass(kw_only=True)
class Story:
    """A row of the table. Times are minutes of the environment's clock since the story began.

    Attributes:
        name: what happens.
        environment: in which it happens.
        clock: how many times faster than on AWS the environment's periods pass.
        rate: requests a second.
        noticed: when a request failed first, was held back, or was answered with something wrong; None where
            none was.
        seen: when the first alarm, hook or check saw it; None where none did.
        by: who saw it.
        mailed: when the team was mailed; None where it was not.
        paged: when on-call was; None where nobody was.
        rolled_back: when it began to be taken back; None where it was not.
        over: when the environment was as it should be.
        sent: number of requests.
        failed: of these, not answered as they should be.
        wrong: of these, answered with something wrong.
    """

    name: str
    environment: str = ""
    clock: int = 1
    rate: str = ""
    noticed: float | None = None
    seen: float | None = None
    by: str = ""
    mailed: float | None = None
    paged: float | None = None
    rolled_back: float | None = None
    over: float | None = None
    sent: int = 0
    failed: int = 0
    wrong: int = 0

    def text(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> "Story":
        """Return what :meth:`text` returned."""
        return cls(**json.loads(text))


def table(stories: Sequence[Story]) -> str:
    """Return the page of all stories."""
    head, *rows = ([name for name, _ in _COLUMNS], *([cell(each) for _, cell in _COLUMNS] for each in stories))
    lines = [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
    clocks = ", ".join(sorted({f"{each.clock}" for each in stories}))
    return (
        "# Stories\n\n"
        "Times are minutes of the environment's clock since the story began; AWS's own waits, such as periods of alarms"
        f" and the bake time, pass {clocks} times faster here, and the seconds of the service do not.\n\n"
        + "\n".join(lines)
        + "\n"
    )


def _minute(minutes: float | None) -> str:
    return "-" if minutes is None else f"{minutes:.1f}"
