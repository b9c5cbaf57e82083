"""Which of the environments a command is about."""

from collections.abc import Sequence

from environments.model import (
    Environment,
)


def select_environments(environments: Sequence[Environment], names: str | None) -> Sequence[Environment]:
    """Return the environments that a comma-separated list names, or all of them if there is no list.

    Raises:
        SystemExit: with one line, when a name is not an environment's.
    """
    if not names:
        return environments
    known = {environment.name: environment for environment in environments}
    unknown = [name for name in names.split(",") if name not in known]
    if unknown:
        raise SystemExit(f"context environments: given {', '.join(unknown)}; allowed are {', '.join(known)}")
    return [known[name] for name in names.split(",")]
