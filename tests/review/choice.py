"""Choices that a seed decides: each is the least of hashes of the seed, the question and the candidate's own name.

So a new candidate changes a choice only where it is chosen itself.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from assembly.values import Json
from tests.review.edits import Step, steps

ORDER = {"DependsOn", "depends_on"}
# What all types have has the chance of a fraction of a setting.
_COMMON = dict.fromkeys((*ORDER, "DeletionPolicy", "UpdateReplacePolicy", "Tags", "labels", "user_labels"), 0.25)
_T = TypeVar("_T")


class Choice:
    """Choices of one edit.

    Args:
        seed: of the whole draw.
        slot: what the edit is for: ``aws/12``.
    """

    def __init__(self, seed: str, slot: str) -> None:
        self._names = (seed, slot)

    def place(self, question: str, candidate: object, weight: float = 1) -> float:
        """Return where a candidate stands: the least is taken, and a weight is a multiple of the chance."""
        text = json.dumps([*self._names, question, candidate], default=str)
        number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
        return -math.log((number + 1) / (2**64 + 2)) / weight

    def one(self, question: str, candidates: Iterable[_T], weights: Mapping[_T, float] | None = None) -> _T:
        """Return one of the candidates, each with its chance."""
        return min(candidates, key=lambda name: self.place(question, name, weights[name] if weights else 1))


def descent(choice: Choice, attempt: str, value: Json) -> Iterator[tuple[tuple[Step, ...], Json]]:
    """Yield each value on the way to a leaf, from the outermost.

    What holds more settings has a higher chance. Properties stand beside what else is said of a resource.
    """
    path: tuple[Step, ...] = ()
    yield path, value
    while inner := steps(value):
        ways: list[tuple[tuple[Step, ...], Json]] = [((step,), item) for step, item in inner if step != "Properties"]
        if not path and "Properties" in value:
            ways += [(("Properties", step), item) for step, item in steps(value["Properties"])]
        names = {json.dumps(way): (way, item) for way, item in ways}
        weights = {
            name: _COMMON.get(str(way[-1]), 1) * (1 + math.log2(_leaves(item))) for name, (way, item) in names.items()
        }
        way, item = names[choice.one(f"step {attempt} {path}", names, weights)]
        if len(way) > 1:
            yield (*path, way[0]), value[way[0]]
        path, value = (*path, *way), item
        yield path, value


def _leaves(value: Json) -> int:
    """Return how many settings a value holds, itself included where it is one."""
    inner = steps(value)
    return sum(_leaves(item) for _, item in inner) if inner else 1
