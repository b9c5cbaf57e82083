"""Base of the errors that a command shows to its user, and the wrapper that ends the command with them.

Everything but the programs of ``operations/``, which import nothing of this repository, raises and catches these.
"""

import errno
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from io import TextIOWrapper
from types import TracebackType
from typing import NoReturn, Self

_INTERRUPT = "Interrupted. Run the command again."
INTERRUPTED = 128 + signal.SIGINT  # 128 and the number of SIGINT, as a shell reports it


class GoodiesError(Exception):
    """Error whose message is shown without a traceback: problem, place, value given, values allowed, next step.

    Attributes:
        exit_code: exit code of the command.
    """

    exit_code = 1


class DocumentedExitCode(IntEnum):
    """Base of a command's exit codes, each with its meaning: ``FAILED = 3, "no result"``.

    Attributes:
        meaning: for the command's help.
    """

    meaning: str

    def __new__(cls, code: int, meaning: str) -> Self:
        """Return a member whose value is its code."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member


@contextmanager
def exit_on_error(exit_code: int | None = None) -> Iterator[None]:
    """End the process with one message and no traceback when the block raises an error that a person can act on.

    That is a :class:`GoodiesError`, a disk that is full or cannot be written, or Ctrl-C, which ends it with 130.

    Args:
        exit_code: what the process ends with after an error; where None, the error's own code, and 1 for the disk.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A script's background command inherits this. Node takes the signal all the same, so that its end would look
        # like a failure.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal or a log may know fewer characters
    try:
        yield
    except GoodiesError as error:
        _exit(str(error), error.exit_code if exit_code is None else exit_code)
    except KeyboardInterrupt:
        _exit(_INTERRUPT, INTERRUPTED)
    except OSError as error:
        if (message := disk_error(error)) is None:
            raise
        _exit(message, 1 if exit_code is None else exit_code)


def disk_error(error: OSError) -> str | None:
    """Return what a person can do about a disk that is full or cannot be written; None where it is another error."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full: {error}. Free some space and run the command again."
    if error.errno in (errno.EROFS, errno.EACCES, errno.ENOTDIR) and error.filename:
        return f"{error.filename}: {error.strerror}. Make it a place that you can write to and run the command again."
    return None


def _without_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Report Ctrl-C in one line where no block catches it yet: during the imports of a command."""
    if issubclass(kind, KeyboardInterrupt):
        print(_INTERRUPT, file=sys.stderr, flush=True)
    else:
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _without_traceback


def _exit(message: str, code: int) -> NoReturn:
    print(message, file=sys.stderr, flush=True)
    sys.exit(code)
