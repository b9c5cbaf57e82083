"""What went wrong, told to the person who typed the command."""


class Problem(Exception):
    """One paragraph: what is wrong, where, and what to do. It is shown as it is, without a traceback."""
