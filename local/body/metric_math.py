"""Metric math of CloudWatch: the operators and functions that the deployed alarms use ("Using metric math").

A time series is a mapping of times to values. A time that it lacks is missing data, and so is what is computed of it.
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

Series: TypeAlias = Mapping[int, float]
Value: TypeAlias = Series | float | list["Value"]

_TOKEN = re.compile(r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|(\w+)|(<=|>=|==|!=|<>|&&|\|\||[-+*/^<>()\[\],]))")
_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
}
_COMPARISON: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<>": operator.ne,
}
# From the loosest to the tightest; those of one row are taken from left to right.
_PRECEDENCE = (("OR", "||"), ("AND", "&&"), tuple(_COMPARISON), ("+", "-"), ("*", "/"), ("^",))


class MetricMathError(Exception):
    """An expression that cannot be evaluated, and why."""


def evaluate(expression: str, metrics: Mapping[str, Value], times: Sequence[int]) -> Series:
    """Return the values of an expression.

    Args:
        expression: such as ``IF(requests > 30, 100 * FILL(failed, 0) / requests, 0)``.
        metrics: values by the ids that the expression has.
        times: the times that are asked for.

    Raises:
        MetricMathError: the expression is no metric math, or has a function or an id that is not known.
    """
    value = _Evaluation(expression, metrics, times).value()
    if isinstance(value, list):
        raise MetricMathError(f"{expression!r} gives several time series")
    return dict.fromkeys(times, value) if isinstance(value, float) else value


class _Evaluation:
    def __init__(self, expression: str, metrics: Mapping[str, Value], times: Sequence[int]) -> None:
        self._metrics = metrics
        self._times = times
        self._expression = expression
        self._tokens = self._tokenized()

    def value(self) -> Value:
        """The expression's value."""
        value = self._operation(0)
        if self._tokens:
            raise MetricMathError(f"{self._expression!r} goes on with {self._tokens[0]!r} where it should end")
        return value

    def _tokenized(self) -> list[str]:
        tokens, position = [], 0
        text = self._expression.rstrip()
        while position < len(text):
            found = _TOKEN.match(text, position)
            if not found:
                raise MetricMathError(f"{self._expression!r} has {text[position:].lstrip()[:10]!r}, which is not known")
            tokens.append(found.group().strip())
            position = found.end()
        return tokens

    def _take(self, token: str) -> None:
        if not self._tokens or self._tokens[0] != token:
            raise MetricMathError(f"{self._expression!r} lacks {token!r}")
        self._tokens.pop(0)

    def _operation(self, level: int) -> Value:
        if level == len(_PRECEDENCE):
            return self._signed()
        value = self._operation(level + 1)
        while self._tokens and self._tokens[0].upper() in _PRECEDENCE[level]:
            sign = self._tokens.pop(0).upper()
            value = self._each(_function(sign), value, self._operation(level + 1))
        return value

    def _signed(self) -> Value:
        if self._tokens and self._tokens[0] == "-":
            self._tokens.pop(0)
            return self._each(operator.neg, self._signed())
        return self._operand()

    def _operand(self) -> Value:
        if not self._tokens:
            raise MetricMathError(f"{self._expression!r} ends too early")
        word = self._tokens.pop(0)
        if word == "(":
            value = self._operation(0)
            self._take(")")
            return value
        if word == "[":
            return self._list("]")
        if word[0].isdigit() or word[0] == ".":
            return float(word)
        if self._tokens and self._tokens[0] == "(":
            self._tokens.pop(0)
            return self._call(word, self._list(")"))
        if word not in self._metrics:
            raise MetricMathError(f"{self._expression!r} has {word!r}, which is no metric")
        return self._metrics[word]

    def _list(self, end: str) -> list[Value]:
        values = [self._item()]
        while self._tokens and self._tokens[0] == ",":
            self._tokens.pop(0)
            values.append(self._item())
        self._take(end)
        return values

    def _item(self) -> Value:
        """An operation, or the word ``REPEAT``, as the time series of no times."""
        if self._tokens and self._tokens[0] == "REPEAT":
            self._tokens.pop(0)
            return {}
        return self._operation(0)

    def _call(self, name: str, arguments: list[Value]) -> Value:
        match name.upper(), arguments:
            case "IF", [condition, yes]:
                return self._if(condition, yes, {})
            case "IF", [condition, yes, no]:
                return self._if(condition, yes, no)
            case "FILL", [dict() as series, by]:
                return self._fill(series, by)
            case ("MAX" | "MIN" | "SUM" | "AVG") as kind, [list() as several]:
                return self._across(_AGGREGATES[kind], several)
            case ("MAX" | "MIN" | "SUM" | "AVG") as kind, [dict() as series]:
                # Of one time series, it is one number.
                return _AGGREGATES[kind](list(series.values())) if series else {}
            case "ABS", [value]:
                return self._each(abs, value)
        raise MetricMathError(f"{self._expression!r} calls {name} with {len(arguments)} arguments, which is not known")

    def _if(self, condition: Value, yes: Value, no: Value) -> Value:
        if isinstance(condition, float):
            return yes if condition else no
        result = {}
        for time in self._times:
            decided = self._at(condition, time)
            selected = None if decided is None else self._at(yes if decided else no, time)
            if selected is not None:
                result[time] = selected
        return result

    def _fill(self, series: Series, by: Value) -> Series:
        result: dict[int, float] = {}
        last: float | None = None
        for time in self._times:
            last = series.get(time, last)
            value = series.get(time, last if by == {} else self._at(by, time))
            if value is not None:
                result[time] = value
        return result

    def _across(self, aggregate: Callable[[Sequence[float]], float], several: Sequence[Value]) -> Value:
        """The time series of an aggregate of what several have at a time."""
        result = {}
        for time in self._times:
            found = [value for each in several if (value := self._at(each, time)) is not None]
            if found:
                result[time] = aggregate(found)
        return result

    def _each(self, function: Callable[..., float | None], *values: Value) -> Value:
        """A function of the values at each time; missing where one of them is."""
        if all(isinstance(value, float) for value in values):
            single = function(*values)
            return {} if single is None else float(single)
        result = {}
        for time in self._times:
            found = [self._at(value, time) for value in values]
            if None not in found:
                value = function(*found)
                if value is not None:
                    result[time] = float(value)
        return result

    def _at(self, value: Value, time: int) -> float | None:
        if isinstance(value, list):
            raise MetricMathError(f"{self._expression!r} has a list where a time series belongs")
        return value if isinstance(value, float) else value.get(time)


def _average(values: Sequence[float]) -> float:
    return sum(values) / len(values)


_AGGREGATES: Mapping[str, Callable[[Sequence[float]], float]] = {"MAX": max, "MIN": min, "SUM": sum, "AVG": _average}


def _function(sign: str) -> Callable[[float, float], float | None]:
    if sign in ("OR", "||"):
        return lambda one, other: float(bool(one) or bool(other))
    if sign in ("AND", "&&"):
        return lambda one, other: float(bool(one) and bool(other))
    if sign in _COMPARISON:
        return lambda one, other: float(_COMPARISON[sign](one, other))
    if sign == "/":
        return lambda one, other: one / other if other else None  # no value, as where CloudWatch divides by zero
    return _ARITHMETIC[sign]
