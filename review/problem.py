"""Why a diff cannot tell."""


class Problem(Exception):
    """What a person reads when there is no diff: what is wrong, where, and what to do next."""
