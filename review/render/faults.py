"""Rendering of an error that ends a command of the review: words, and no traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

from errors import GoodiesError, disk_error
from review.errors import ReviewError
from review.render.escape import lines


@contextmanager
def faults_in_words() -> Iterator[None]:
    """Make of an error of the block, foreseen or not, one that a terminal may show.

    Raises:
        ReviewError: the block raises an error; its message says what a person can do, or names the fault.
        OSError: the disk is full or cannot be written.
    """
    try:
        yield
    except GoodiesError as error:
        raise ReviewError(lines(str(error))) from error
    except Exception as fault:
        if isinstance(fault, OSError) and disk_error(fault):
            raise
        # Python would end with 1, which says that nothing needs approval.
        message = f"An internal error of the diff; the changes are unknown: {type(fault).__name__}: {fault}"
        raise ReviewError(lines(message)) from fault
