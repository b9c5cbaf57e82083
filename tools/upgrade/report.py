"""The table that ends an upgrade, and what is wrong with it."""

from collections import Counter
from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from tools.upgrade.run import StackUpgrade
from tools.upgrade.surprises import Fate, fates


def show(upgrades: Sequence[StackUpgrade], findings: Sequence[str], console: Console) -> None:
    """Print a line for each stack, then each finding."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("Stack", no_wrap=True)
    table.add_column("Update", no_wrap=True)
    table.add_column("Rolls back", no_wrap=True)
    for fate in Fate:
        table.add_column(fate.value.capitalize(), justify="right", no_wrap=True)
    table.add_column("Outputs", no_wrap=True)
    for upgrade in upgrades:
        counts = Counter(fates(upgrade).values())
        table.add_row(
            upgrade.name,
            _update(upgrade),
            _rolls_back(upgrade),
            *(str(counts[fate] or "") for fate in Fate),
            _outputs(upgrade),
        )
    console.print(table)
    for finding in findings:
        console.print(f"[red]✗[/] {finding}", highlight=False, soft_wrap=True)
    if not findings:
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


def _outputs(upgrade: StackUpgrade) -> str:
    before, after = upgrade.before.outputs, upgrade.after.outputs
    counts = {
        "kept": sum(after.get(name) == value for name, value in before.items()),
        "changed": sum(name in after and after[name] != value for name, value in before.items()),
        "gone": len(before.keys() - after.keys()),
        "added": len(after.keys() - before.keys()),
    }
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count)
