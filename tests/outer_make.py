"""Make that runs the tests, and what it leaves in the environment for one that they run."""

import os


def without_outer_make() -> dict[str, str]:
    """Return the environment of the tests without the variables of an outer make."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
