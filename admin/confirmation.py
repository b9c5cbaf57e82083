"""Confirmation of what a command is about to change in a real account or project."""

import sys

from admin.errors import NotConfirmedError


def confirm(place: str, change: str, *, yes: bool) -> None:
    """Print where something changes and what, and ask once whether to go on.

    Args:
        place: the account and region, or the projects.
        change: what the command does there.
        yes: the answer was typed with the command, as a pipeline does.

    Raises:
        NotConfirmedError: the answer is another, or there is no terminal that could answer.
    """
    print(f"{place}\n  {change}", file=sys.stderr)
    if yes:
        return
    if not sys.stdin.isatty():
        raise NotConfirmedError(
            "Nothing was changed: this is no terminal that could answer. To go on without, type YES=1 (or --yes)."
        )
    print("Go on? Only yes does: ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip() != "yes":
        raise NotConfirmedError("Nothing was changed.")
