"""Log of the requests that an embedded cloud answered: no header, no body, no value of a query is in it."""

import logging
import time
from logging.handlers import RotatingFileHandler
from pathlib import Path

_BYTES = 5 * 1024**2


class RequestLog:
    """One line for each request: time in UTC, method, name of the host, path, names of the query's parameters, status.

    Args:
        file: the log; at five megabytes it begins anew, and the one before stays beside it.
    """

    def __init__(self, file: Path) -> None:
        self._handler = _Handler(file, maxBytes=_BYTES, backupCount=1, delay=True)
        formatter = logging.Formatter("%(asctime)s.%(msecs)03dZ %(message)s", "%Y-%m-%dT%H:%M:%S")
        formatter.converter = time.gmtime
        self._handler.setFormatter(formatter)
        self._logger = logging.Logger("requests")
        self._logger.addHandler(self._handler)

    def write(self, method: str, host: str, target: str, status: int) -> None:
        """Write the line of a request.

        Args:
            method: ``GET``, or ``CONNECT`` where no connection was made.
            host: name that the client connected to.
            target: path and query as they were sent.
            status: HTTP status of the answer.
        """
        path, _, query = target.partition("?")
        names = [each.partition("=")[0] for each in query.split("&") if each]
        suffix = f"?{'&'.join(names)}" if names else ""
        self._logger.info("%s %s %s%s %d", method, host, path, suffix, status)

    def close(self) -> None:
        """Close the file."""
        self._handler.close()


class _Handler(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Go on without the line: a full disk is reported by the request that changes something."""
