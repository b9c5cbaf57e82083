"""Arithmetic of times of day."""

from datetime import datetime, timedelta


def later(start: str, **after: float) -> str:
    """Return a time of day plus a duration: ``later("23:30", hours=1)`` is ``"00:30"``.

    Args:
        start: ``HH:MM``.
        after: arguments of ``datetime.timedelta``.
    """
    return (datetime.strptime(start, "%H:%M") + timedelta(**after)).strftime("%H:%M")
