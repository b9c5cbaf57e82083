"""Refusal of an update that replaces a resource and keeps its name."""

from collections.abc import Callable

from typing_extensions import override

from local.emulator.ministack_internals import REPLACEMENT_ERROR
from local.emulator.refusals.identity import identity, replaced
from local.emulator.refusals.rule import Refusal
from local.emulator.schemas import Properties


class FixedNames(Refusal):
    """Rule: CloudFormation makes the replacement first, and its name is still taken."""

    text = "An update fails that replaces a resource and keeps the name that its template gives."
    source = '"Name type", CloudFormation user guide; createOnlyProperties of the schemas'

    @override
    def install(self) -> None:
        REPLACEMENT_ERROR.wrap(_of_every_type)


def _of_every_type(original: Callable[..., str | None]) -> Callable[..., str | None]:
    """MiniStack knows the names of some types; the schemas know those of all."""

    def error(type_name: str, old: Properties, new: Properties, physical_id: str | None = None) -> str | None:
        if refused := original(type_name, old, new, physical_id):
            return refused
        kept = identity(type_name, new)
        if kept is None or kept != identity(type_name, old) or not replaced(type_name, old, new):
            return None
        return (
            "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
            f"Rename {physical_id or kept} and update the stack again."
        )

    return error
