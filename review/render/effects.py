"""Effects of an update that users notice, gathered from a report: what comments and pages show before all else."""

from collections.abc import Mapping

from review.model.change import Change, Kind
from review.model.report import Report
from review.model.update_effects import NO_INTERRUPTION, NOT_KNOWN


def effects_to_notice(report: Report) -> Mapping[tuple[str, str], list[Change]]:
    """Return the changes of resources that exist, by kind and effect; where nothing is interrupted, or known, none."""
    found: dict[tuple[str, str], list[Change]] = {}
    for environment in report.environments:
        for stack in environment.stacks:
            for group in stack.groups:
                if group.kind is Kind.ADDED:
                    continue
                lines = [line for line in group.meanings if not line.startswith((NO_INTERRUPTION, NOT_KNOWN))]
                for change in group.changes:
                    if said := "; ".join(filter(None, [*lines, change.refused])):
                        found.setdefault((change.resource.kind, said), []).append(change)
    return found
