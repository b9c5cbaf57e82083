"""Checks of synthesized resources against their providers' schemas, without a provider."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from assembly.provider_facts import TypeSchema, type_schema
from assembly.terraform import elements
from assembly.values import Json, at


def breaches(content: Json) -> list[str]:
    """Name what is missing or not accepted in a synthesized stack, by resource and path."""
    return [
        f"{address}: {breach}"
        for address, body in elements(content)
        if (known := type_schema(address.partition(".")[0]))
        for breach in [*_missing(body, known), *_not_accepted(body, known)]
    ]


def unknown(contents: Iterable[Json]) -> Mapping[str, int]:
    """Return the types whose schema is not kept, each with the number of its resources."""
    kinds = (address.partition(".")[0] for content in contents for address, _ in elements(content))
    return Counter(kind for kind in kinds if type_schema(kind) is None)


def _missing(body: Json, known: TypeSchema) -> Iterator[str]:
    for path in sorted(known.required):
        parent, _, key = path.rpartition(".")
        if any(isinstance(block, dict) and block.get(key) is None for block in at(body, parent)):
            yield f"{path} is required and not there"


def _not_accepted(body: Json, known: TypeSchema) -> Iterator[str]:
    for path, accepted in sorted(known.enums.items()):
        values = accepted
        if path in known.enums_ignore_case:
            values = tuple(value.lower() for value in accepted)
        for value in at(body, path):
            given = str(value).lower() if path in known.enums_ignore_case else str(value)
            if value is not None and "${" not in given and given not in values:
                yield f"{path} is {value!r}; accepted are {', '.join(map(repr, accepted))}"
