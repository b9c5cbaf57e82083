"""Selection of environments by name, for a command that concerns only some."""

from collections.abc import Sequence

from environments.errors import UnknownEnvironmentError
from environments.model import Environment


def select_environments(environments: Sequence[Environment], names: str | None) -> Sequence[Environment]:
    """Return the named environments in the order of the names.

    Args:
        environments: all environments.
        names: comma-separated names, ``dev,staging``; none or empty selects all.

    Raises:
        UnknownEnvironmentError: a name is no environment's.
    """
    if not names:
        return environments
    known = {environment.name: environment for environment in environments}
    unknown = [name for name in names.split(",") if name not in known]
    if unknown:
        raise UnknownEnvironmentError(
            f"context environments: given {', '.join(unknown)}; allowed are {', '.join(known)}"
        )
    return [known[name] for name in names.split(",")]
