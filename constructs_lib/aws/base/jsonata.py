"""Texts in JSONata, the language of state machines."""

# Quotes and backslashes end or change a JSONata string; ``${`` is a token to the CDK and to CloudFormation, ``{%`` and
# ``%}`` are an expression to Step Functions ("Transforming data with JSONata", Step Functions developer guide).
_SPECIAL = frozenset("'\"`\\$%{}")


def text(value: str) -> str:
    r"""Return the JSONata string that stands for a text, whatever is in it: ``it's`` is ``'it\u0027s'``."""
    escaped = (f"\\u{ord(character):04x}" if _is_special(character) else character for character in value)
    return f"'{''.join(escaped)}'"


def expression(code: str) -> str:
    """Return code as a value of a state machine: ``{% code %}``."""
    return f"{{% {code} %}}"


def _is_special(character: str) -> bool:
    return character in _SPECIAL or ord(character) < ord(" ")
