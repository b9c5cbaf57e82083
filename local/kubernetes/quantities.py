"""Quantities in the form that the API server writes back (k8s.io/apimachinery/pkg/api/resource/quantity.go)."""

import re
from decimal import ROUND_UP, Decimal

_QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))([KMGTPE]i|[numkMGTPE]?|[eE][+-]?\d+)")
_BINARY = {suffix: Decimal(1024) ** power for power, suffix in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), start=1)}
_DECIMAL = {suffix: Decimal(1000) ** (power - 3) for power, suffix in enumerate("num kMGTPE")}


def canonical(text: str) -> str:
    """Return a quantity without a fraction and with the largest suffix: ``1000m`` is ``1``, ``1.5Gi`` is ``1536Mi``.

    Raises:
        ValueError: it is no quantity.
    """
    found = _QUANTITY.fullmatch(text)
    if not found:
        raise ValueError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
    number, suffix = Decimal(found[1]), found[2]
    if suffix[:1] in ("e", "E") and suffix[1:]:
        return text
    scale = _BINARY.get(suffix) or _DECIMAL[suffix or " "]
    value = number * scale
    binary = suffix in _BINARY and abs(value) >= 1024  # noqa: PLR2004 (a unit of the suffixes)
    units = _BINARY if binary else _DECIMAL
    for name, unit in reversed(units.items()):
        if value and value % unit == 0:
            return f"{int(value / unit)}{name.strip()}"
    smallest = Decimal(1) if binary else _DECIMAL["n"]  # what is finer is rounded up
    return f"{int((value / smallest).to_integral_value(ROUND_UP))}{'n' if value and not binary else ''}"


def amount(text: str) -> Decimal:
    """Return a quantity as a number: ``250m`` is 0.25.

    Raises:
        ValueError: it is no quantity.
    """
    found = _QUANTITY.fullmatch(text)
    if not found:
        raise ValueError(f"{text} is no quantity")
    suffix = found[2]
    if suffix[:1] in ("e", "E") and suffix[1:]:
        return Decimal(text)
    return Decimal(found[1]) * (_BINARY.get(suffix) or _DECIMAL[suffix or " "])
