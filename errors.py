"""Base of the errors that a command shows to its user, and the wrapper that ends the command with them.

Everything but the programs of ``operations/``, which import nothing of this repository, raises and catches these.
"""

import errno
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

INTERRUPTED = 128 + signal.SIGINT  # 128 and the number of SIGINT, as a shell reports it


class GoodiesError(Exception):
    """Error whose message is shown without a traceback: problem, place, value given, values allowed, next step.

    Attributes:
        exit_code: exit code of the command.
    """

    exit_code = 1


@contextmanager
def exit_on_error(exit_code: int | None = None) -> Iterator[None]:
    """End the process with one message and no traceback when the block raises an error that a person can act on.

    That is a :class:`GoodiesError`, a full disk, or Ctrl-C, which ends it with 130.

    Args:
        exit_code: what the process ends with after an error; where None, the error's own code, and 1 for a full disk.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A script's background command inherits this. Node takes the signal all the same, so that its end would look
        # like a failure.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except GoodiesError as error:
        _exit(str(error), error.exit_code if exit_code is None else exit_code)
    except KeyboardInterrupt:
        _exit("Interrupted. Run the command again.", INTERRUPTED)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        message = f"The disk is full: {error}. Free some space and run the command again."
        _exit(message, 1 if exit_code is None else exit_code)


def _exit(message: str, code: int) -> NoReturn:
    print(message, file=sys.stderr, flush=True)
    sys.exit(code)
