"""PromQL of the alarms, evaluated on series that a test writes down.

It knows the part of the language that the queries on pods use ("Querying basics", "Operators" and "Query functions",
Prometheus documentation); anything else fails the test.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

Labels = frozenset[tuple[str, str]]
Vector = Mapping[Labels, float]

_TOKENS = re.compile(
    r"\s*(?:(?P<name>[A-Za-z_][\w:]*)|(?P<number>\d+(?:\.\d+)?)(?![\w.])|(?P<text>\"[^\"]*\")"
    r"|(?P<duration>\d+[smh])|(?P<sign>==|!=|>=|<=|[-+*/<>(){}\[\],:=]))"
)
_SECONDS = {"s": 1, "m": 60, "h": 3600}
# An instant repeats a sample for so long ("Staleness").
_LOOKBACK = 300
_OVER_TIME: Mapping[str, Callable[[Sequence[float]], float]] = {
    "max_over_time": max,
    "min_over_time": min,
    "sum_over_time": sum,
    "avg_over_time": lambda values: sum(values) / len(values),
}
_AGGREGATIONS: Mapping[str, Callable[[Sequence[float]], float]] = {"sum": sum, "max": max, "min": min}
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "==": lambda left, right: left == right,
    ">": lambda left, right: left > right,
    "<": lambda left, right: left < right,
    ">=": lambda left, right: left >= right,
}
_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "*": lambda left, right: left * right,
    "-": lambda left, right: left - right,
}


@dataclass(frozen=True)
class Series:
    """Samples of a metric with its labels, by the second that they were taken in."""

    metric: str
    labels: Mapping[str, str]
    samples: Mapping[int, float]


@dataclass
class _Query:
    tokens: list[str]
    series: Sequence[Series]
    place: int = 0

    def take(self, *allowed: str) -> str | None:
        if self.place < len(self.tokens) and (not allowed or self.tokens[self.place] in allowed):
            self.place += 1
            return self.tokens[self.place - 1]
        return None

    def demand(self, sign: str) -> None:
        assert self.take(sign), f"{sign} expected: {' '.join(self.tokens[self.place :])}"

    def either(self) -> Callable[[int], Vector]:
        left = self.both()
        while self.take("or"):
            left = _or(left, self.both())
        return left

    def both(self) -> Callable[[int], Vector]:
        left = self.compared()
        while word := self.take("and", "unless"):
            left = _and(left, self.compared(), present=word == "and")
        return left

    def compared(self) -> Callable[[int], Vector]:
        left = self.computed()
        while sign := self.take(*_COMPARISONS):
            left = _compare(left, _COMPARISONS[sign], as_number=bool(self.take("bool")), right=self.computed())
        return left

    def computed(self) -> Callable[[int], Vector]:
        left = self.ranged()
        while sign := self.take(*_ARITHMETIC):
            left = _compute(left, _ARITHMETIC[sign], self.ranged())
        return left

    def ranged(self) -> Callable[[int], Vector]:
        if self.take("("):
            inner = self.either()
            self.demand(")")
            return inner
        name = self.take()
        assert name, "the query ends too early"
        if name[0].isdigit():
            return lambda _: {frozenset(): float(name)}
        if name in _OVER_TIME:
            return self.over_time(_OVER_TIME[name])
        if name in _AGGREGATIONS:
            self.demand("(")
            inner = self.either()
            self.demand(")")
            return _aggregate(_AGGREGATIONS[name], inner)
        found = self.selected(name)
        ago = _seconds(self.take() or "") if self.take("offset") else 0
        return lambda now: {_labels(each): value for each in found if (value := _instant(each, now - ago)) is not None}

    def over_time(self, function: Callable[[Sequence[float]], float]) -> Callable[[int], Vector]:
        self.demand("(")
        start = self.place
        if not self.take("("):
            found = self.selected(self.take() or "")
            self.demand("[")
            length = _seconds(self.take() or "")
            self.demand("]")
            self.demand(")")
            return lambda now: {
                _labels(each): function(values)
                for each in found
                if (values := [value for at, value in each.samples.items() if now - length < at <= now])
            }
        self.place = start
        inner = self.ranged()
        self.demand("[")
        length = _seconds(self.take() or "")
        self.demand(":")
        step = _seconds(self.take() or "")
        self.demand("]")
        self.demand(")")
        return _subquery(function, inner, length, step)

    def selected(self, metric: str) -> list[Series]:
        wanted: dict[str, str] = {}
        if self.take("{"):
            while not self.take("}"):
                key = self.take() or ""
                self.demand("=")
                wanted[key] = (self.take() or "").strip('"')
                self.take(",")
        return [each for each in self.series if each.metric == metric and wanted.items() <= each.labels.items()]


def evaluate(query: str, series: Sequence[Series], now: int) -> Vector:
    """Return the values of a query at a second."""
    parsed = _Query(list(_split(query)), series)
    run = parsed.either()
    assert parsed.place == len(parsed.tokens), f"not known here: {' '.join(parsed.tokens[parsed.place :])}"
    return run(now)


def _split(query: str) -> Iterator[str]:
    place = 0
    while place < len(query.rstrip()):
        found = _TOKENS.match(query, place)
        assert found, f"not known here: {query[place:]}"
        yield found[0].strip()
        place = found.end()


def _seconds(duration: str) -> int:
    return int(duration[:-1]) * _SECONDS[duration[-1]]


def _labels(series: Series) -> Labels:
    return frozenset(series.labels.items())


def _instant(series: Series, now: int) -> float | None:
    seen = [at for at in series.samples if now - _LOOKBACK < at <= now]
    return series.samples[max(seen)] if seen else None


def _and(left: Callable[[int], Vector], right: Callable[[int], Vector], *, present: bool) -> Callable[[int], Vector]:
    def run(now: int) -> Vector:
        others = right(now)
        return {key: value for key, value in left(now).items() if (key in others) is present}

    return run


def _or(left: Callable[[int], Vector], right: Callable[[int], Vector]) -> Callable[[int], Vector]:
    return lambda now: {**right(now), **left(now)}


def _compare(
    left: Callable[[int], Vector],
    holds: Callable[[float, float], bool],
    *,
    as_number: bool,
    right: Callable[[int], Vector],
) -> Callable[[int], Vector]:
    def run(now: int) -> Vector:
        (limit,) = right(now).values()
        compared = {key: (value, holds(value, limit)) for key, value in left(now).items()}
        if as_number:
            return {key: float(held) for key, (_, held) in compared.items()}
        return {key: value for key, (value, held) in compared.items() if held}

    return run


def _compute(
    left: Callable[[int], Vector], function: Callable[[float, float], float], right: Callable[[int], Vector]
) -> Callable[[int], Vector]:
    def run(now: int) -> Vector:
        others = right(now)
        return {key: function(value, others[key]) for key, value in left(now).items() if key in others}

    return run


def _aggregate(function: Callable[[Sequence[float]], float], inner: Callable[[int], Vector]) -> Callable[[int], Vector]:
    return lambda now: {frozenset(): function(list(found))} if (found := inner(now).values()) else {}


def _subquery(
    function: Callable[[Sequence[float]], float], inner: Callable[[int], Vector], length: int, step: int
) -> Callable[[int], Vector]:
    """Return the function over values at multiples of the step, as Prometheus aligns them."""

    def run(now: int) -> Vector:
        found: dict[Labels, list[float]] = {}
        for at in range((now - length) // step * step + step, now + 1, step):
            for key, value in inner(at).items():
                found.setdefault(key, []).append(value)
        return {key: function(values) for key, values in found.items()}

    return run
