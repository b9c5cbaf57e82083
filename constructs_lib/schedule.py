"""Schedules: arithmetic of times of day, and the cron fields of a review."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from environments import Review

_QUARTERS = "1,4,7,10"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, kw_only=True)
class Cron:
    """Fields of a cron expression, in UTC; ``*`` is any.

    Attributes:
        minute: of the hour.
        hour: of the day.
        day: of the month.
        month: of the year.
        weekday: of the week.
    """

    minute: str
    hour: str
    day: str
    month: str
    weekday: str


def later(start: str, **after: float) -> str:
    """Return a time of day plus a duration: ``later("23:30", hours=1)`` is ``"00:30"``.

    Args:
        start: ``HH:MM``.
        after: arguments of ``datetime.timedelta``.
    """
    return (datetime.strptime(start, "%H:%M") + timedelta(**after)).strftime("%H:%M")


def weekly_window(day: str, start: str, *, minutes: int) -> str:
    """Return a window of each week, as RDS has it: ``sun:23:45-mon:00:15``.

    Args:
        day: ``mon`` to ``sun``.
        start: ``HH:MM``.
        minutes: less than a day.
    """
    end = later(start, minutes=minutes)
    last = day if end > start else _DAYS[(_DAYS.index(day) + 1) % len(_DAYS)]
    return f"{day}:{start}-{last}:{end}"


def review_cron(review: Review) -> Cron:
    """Return when a review is opened."""
    hour, minute = (str(int(number)) for number in review.at_utc.split(":"))
    weekly = review.every == "week"
    return Cron(
        minute=minute,
        hour=hour,
        day="*" if weekly else str(review.day),
        month=_QUARTERS if review.every == "quarter" else "*",
        weekday="MON" if weekly else "*",
    )
