"""Table of what an upgrade did, and its problems, for a terminal."""

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from review.render.escape import lines, terminal
from review.try_upgrade.mismatches import Outcome, outcomes
from review.try_upgrade.run import StackUpgrade


def show(upgrades: Sequence[StackUpgrade], problems: Sequence[str], console: Console) -> None:
    """Print a line for each stack, then each problem."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in ("Stack", "Update", "Rolls back"):
        table.add_column(column, no_wrap=True)
    table.add_column("Resources", min_width=20)
    table.add_column("Outputs")
    for upgrade in upgrades:
        table.add_row(
            terminal(upgrade.name),
            _update(upgrade),
            _rolls_back(upgrade),
            _listed(_resources(upgrade)),
            _listed(_outputs(upgrade)),
        )
    console.print(table)
    for problem in problems:
        console.print(f"✗ {lines(problem)}", style="red", highlight=False, markup=False, soft_wrap=True)
    if problems:
        console.print(
            "What each of these means and what to do stands in docs/runbooks/change/upgrade.md.", highlight=False
        )
    else:
        console.print("Nothing that holds state is lost, and all that happened is what the diff says.", style="green")


def _update(upgrade: StackUpgrade) -> str:
    if upgrade.head is None:
        return "[red]left behind[/]"
    if upgrade.failed:
        return "[red]failed[/]"
    if not upgrade.reached:
        return "[red]not reached[/]"
    if upgrade.base is None:
        return "added"
    return "[dim]unchanged[/]" if upgrade.base == upgrade.head else "updated"


def _rolls_back(upgrade: StackUpgrade) -> str:
    back = upgrade.rolled_back
    if back is None:
        return ""
    same = back.status == "UPDATE_ROLLBACK_COMPLETE" and back.same(upgrade.before)
    return "yes" if same else "[red]no[/]"


def _resources(upgrade: StackUpgrade) -> Mapping[str, int]:
    counts = Counter(outcomes(upgrade).values())
    return {outcome.value: counts[outcome] for outcome in Outcome}


def _outputs(upgrade: StackUpgrade) -> Mapping[str, int]:
    before, after = upgrade.before.outputs, upgrade.after.outputs
    return {
        "kept": sum(after.get(name) == value for name, value in before.items()),
        "changed": sum(name in after and after[name] != value for name, value in before.items()),
        "gone": len(before.keys() - after.keys()),
        "added": len(after.keys() - before.keys()),
    }


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count)
