"""Reads values in synthesized structures by where they stand."""

from collections.abc import Iterator, Mapping
from typing import Any

Json = Any


def at(value: Json, path: str) -> Iterator[Json]:
    """Yield the values at a path like ``Rules.Destination.Bucket``, in each item of the lists on the way."""
    if isinstance(value, list):
        for item in value:
            yield from at(item, path)
    elif not path:
        yield value
    elif isinstance(value, Mapping):
        first, _, rest = path.partition(".")
        if first in value:
            yield from at(value[first], rest)
