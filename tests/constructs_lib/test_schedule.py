"""Schedules: times of day and windows of a week."""

import pytest

from constructs_lib.schedule import weekly_window

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEK = 7 * 24 * 60


def minute_of(moment: str) -> int:
    """Return the minute of the week of ``sun:23:45``."""
    day, hour, minute = moment.split(":")
    return (_DAYS.index(day) * 24 + int(hour)) * 60 + int(minute)


@pytest.mark.parametrize("day", ["sat", "sun"])
def test_a_window_is_as_long_as_it_is_meant_whenever_it_begins(day: str) -> None:
    """RDS takes 30 minutes at least (PreferredMaintenanceWindow, CreateDBInstance), and reads the days of both ends."""
    for start in (f"{hour:02}:{minute:02}" for hour in range(24) for minute in range(60)):
        begin, _, end = weekly_window(day, start, minutes=30).partition("-")
        assert begin == f"{day}:{start}"
        assert (minute_of(end) - minute_of(begin)) % _WEEK == 30, (begin, end)
