"""Errors told to the person who typed a command: one base, and one way to end with them.

Everything but the programs of ``operations/``, which import nothing of this repository, raises and catches these.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


class GoodiesError(Exception):
    """What is wrong, where, what was given, what is allowed, and what to do next; shown without a traceback.

    Attributes:
        exit_code: what the command ends with.
    """

    exit_code = 1


@contextmanager
def exit_on_error(exit_code: int | None = None) -> Iterator[None]:
    """End the process with the message of a :class:`GoodiesError` that the block raises.

    Args:
        exit_code: what the process ends with; the error's own code where None.
    """
    try:
        yield
    except GoodiesError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code if exit_code is None else exit_code)
