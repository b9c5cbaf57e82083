"""Times of day, apart from each other."""

from datetime import datetime, timedelta


def later(start: str, **after: float) -> str:
    """Return the time of day that lies after another: ``later("23:30", hours=1)`` is ``"00:30"``.

    Args:
        start: ``HH:MM``.
        after: what ``datetime.timedelta`` takes.
    """
    return (datetime.strptime(start, "%H:%M") + timedelta(**after)).strftime("%H:%M")
