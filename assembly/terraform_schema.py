"""Holds synthesized resources against what their providers' schemas say, where no provider is at hand to ask."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from assembly.provider_facts import Facts, facts
from assembly.values import Json, at


def breaches(content: Json) -> list[str]:
    """Name what is missing or not accepted in a synthesized stack, by resource and path."""
    return [
        f"{kind}.{name}: {breach}"
        for kind, name, body in resources(content)
        if (known := facts(kind))
        for breach in [*_missing(body, known), *_refused(body, known)]
    ]


def unknown(contents: Iterable[Json]) -> Mapping[str, int]:
    """Return the types that there are no facts about, each with the number of its resources."""
    return Counter(kind for content in contents for kind, _, _ in resources(content) if facts(kind) is None)


def resources(content: Json) -> Iterator[tuple[str, str, Json]]:
    """Yield type, name and arguments of each resource of a synthesized stack."""
    for kind, named in content.get("resource", {}).items():
        for name, body in named.items():
            yield kind, name, body


def _missing(body: Json, known: Facts) -> Iterator[str]:
    for path in sorted(known.required):
        parent, _, key = path.rpartition(".")
        if any(isinstance(block, dict) and block.get(key) is None for block in at(body, parent)):
            yield f"{path} is required and not there"


def _refused(body: Json, known: Facts) -> Iterator[str]:
    for path, accepted in sorted(known.enums.items()):
        values = accepted
        if path in known.enums_ignore_case:
            values = tuple(value.lower() for value in accepted)
        for value in at(body, path):
            given = str(value).lower() if path in known.enums_ignore_case else str(value)
            if value is not None and "${" not in given and given not in values:
                yield f"{path} is {value!r}; accepted are {', '.join(map(repr, accepted))}"
