"""Values of CloudWatch metric math, as far as alarms and scaling policies use it.

Source: "Using math expressions with CloudWatch metrics", CloudWatch user guide.
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping

_ARITHMETIC: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
}


class _NoValueError(Exception):
    pass


def parse(expression: str) -> ast.expr:
    """Return the tree of an expression."""
    return ast.parse(re.sub(r"\b(AND|OR)\b", lambda word: word[0].lower(), expression), mode="eval").body


def value(tree: ast.expr, metrics: Mapping[str, float]) -> float | None:
    """Return the value of a minute; None without one, as where a metric lacks a value that nothing fills.

    Args:
        tree: of the expression.
        metrics: values of the minute by the metric's id.

    Raises:
        ValueError: the expression holds what is not known here.
    """
    try:
        return _value(tree, metrics)
    except (_NoValueError, ZeroDivisionError):
        return None


def _value(tree: ast.expr, metrics: Mapping[str, float]) -> float:
    match tree:
        case ast.Constant(value=int() | float() as constant):
            return constant
        case ast.Name(id=name):
            if name not in metrics:
                raise _NoValueError
            return metrics[name]
        case ast.BinOp(left=left, op=sign, right=right):
            return _ARITHMETIC[type(sign)](_value(left, metrics), _value(right, metrics))
        case ast.Compare(left=left, ops=[sign], comparators=[right]):
            return float(_COMPARISONS[type(sign)](_value(left, metrics), _value(right, metrics)))
        case ast.BoolOp(op=sign, values=parts):
            truths = [_value(part, metrics) != 0 for part in parts]
            return float(all(truths) if isinstance(sign, ast.And) else any(truths))
        case ast.Call(func=ast.Name(id="FILL"), args=[ast.Name(id=name), filling]):
            return metrics[name] if name in metrics else _value(filling, metrics)
        case ast.Call(func=ast.Name(id="IF"), args=[condition, then, other]):
            return _value(then if _value(condition, metrics) else other, metrics)
    raise ValueError(f"not known: {ast.unparse(tree)}")
