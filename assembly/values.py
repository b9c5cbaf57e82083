"""Reads values in synthesized structures by where they stand."""

from collections.abc import Iterator, Mapping
from typing import Any

Json = Any


def at(value: Json, path: str) -> Iterator[Json]:
    """Yield the values at a path like ``Rules.Destination.Bucket``, in each item of the lists on the way.

    ``*`` stands for every key: ``required_providers.*.source``.
    """
    if isinstance(value, list):
        for item in value:
            yield from at(item, path)
    elif not path:
        yield value
    elif isinstance(value, Mapping):
        first, _, rest = path.partition(".")
        for key in value if first == "*" else value.keys() & {first}:
            yield from at(value[key], rest)


def leaves_with_paths(value: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    """Yield each value that holds no others, with its path, such as ``Rules.Destination.Bucket``."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from leaves_with_paths(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for item in value:
            yield from leaves_with_paths(item, path)
    else:
        yield path, value
