"""Amounts of what is paid: the name of a price, and how many of its units; and resources that pay one price alone."""

from collections.abc import Callable, Iterator

Amount = tuple[str, float]


def each(name: str) -> Callable[..., Iterator[Amount]]:
    """Return what gives a resource one unit of a price."""
    return lambda *_: iter([(name, 1)])


def hourly(name: str) -> Callable[..., Iterator[Amount]]:
    """Return what gives a resource a unit of a price for each hour of a month."""
    return lambda _, __, hours, ___: iter([(name, hours)])
