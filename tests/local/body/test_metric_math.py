"""Metric math, as "Using metric math" of CloudWatch describes it."""

from collections.abc import Mapping

import pytest

from local.body.metric_math import MetricMathError, evaluate

TIMES = [0, 60, 120]
METRICS: Mapping[str, Mapping[int, float]] = {
    "a": {0: 1.0, 60: 2.0, 120: 3.0},
    "b": {0: 10.0, 120: 0.0},
    "none": {},
}


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("a", {0: 1, 60: 2, 120: 3}),
        ("7", {0: 7, 60: 7, 120: 7}),
        ("a + b", {0: 11, 120: 3}),
        ("a / b", {0: 0.1}),
        ("-a + 2 * a ^ 2 - 1", {0: 0, 60: 5, 120: 14}),
        ("(a - 1) / 2 * 4", {0: 0, 60: 2, 120: 4}),
        ("8 - 4 - 2", {0: 2, 60: 2, 120: 2}),
        ("a >= 2", {0: 0, 60: 1, 120: 1}),
        ("a > 1 AND a < 3 OR a == 1", {0: 1, 60: 1, 120: 0}),
        ("a > 1 && a <= 2 || a <> 9", {0: 1, 60: 1, 120: 1}),
        ("FILL(b, 0)", {0: 10, 60: 0, 120: 0}),
        ("FILL(b, REPEAT)", {0: 10, 60: 10, 120: 0}),
        ("FILL(none, 0) + FILL(a, 0)", {0: 1, 60: 2, 120: 3}),
        ("FILL(b, a)", {0: 10, 60: 2, 120: 0}),
        ("IF(a >= 2, b, 5)", {0: 5, 120: 0}),
        ("IF(a >= 2, 100 * a)", {60: 200, 120: 300}),
        ("IF(b, 1, 2)", {0: 1, 120: 2}),
        ("IF(1 > 2, a, 3)", {0: 3, 60: 3, 120: 3}),
        ("MAX([a, b, 0 * a])", {0: 10, 60: 2, 120: 3}),
        ("MAX(a)", {0: 3, 60: 3, 120: 3}),
        ("SUM([a, a]) - MIN([a, 2])", {0: 1, 60: 2, 120: 4}),
        ("AVG([a, 3])", {0: 2, 60: 2.5, 120: 3}),
        ("ABS(a - 2)", {0: 1, 60: 0, 120: 1}),
        ("1e2 * .5", {0: 50, 60: 50, 120: 50}),
    ],
)
def test_expressions(expression: str, values: Mapping[int, float]) -> None:
    assert evaluate(expression, METRICS, TIMES) == values


def test_a_deployed_expression() -> None:
    received, failed = "(FILL(requests, 0) + FILL(unanswered, 0))", "(FILL(failed, 0) + FILL(unanswered, 0))"
    mostly = f"{failed} >= 4 AND {failed} > {received} / 2"
    expression = f"IF({received} >= 30 OR ({mostly}), 100 * {failed} / {received}, 0)"
    metrics: dict[str, dict[int, float]] = {
        "requests": {0: 100.0, 60: 6.0, 120: 6.0},
        "unanswered": {},
        "failed": {0: 5.0, 60: 4.0, 120: 3.0},
    }
    assert evaluate(expression, metrics, TIMES) == {0: 5, 60: pytest.approx(66.67, abs=0.01), 120: 0}


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("a +", "ends too early"),
        ("(a", "lacks"),
        ("a a", "goes on with 'a'"),
        ("other", "'other', which is no metric"),
        ("ANOMALY_DETECTION_BAND(a)", "calls ANOMALY_DETECTION_BAND"),
        ("a ! b", "which is not known"),
        ("[a, b]", "several time series"),
        ("[a] + 1", "a list where"),
    ],
)
def test_what_is_not_evaluated_is_told(expression: str, reason: str) -> None:
    with pytest.raises(MetricMathError, match=reason):
        evaluate(expression, METRICS, TIMES)
