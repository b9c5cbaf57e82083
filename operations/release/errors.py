"""Error of the programs that release and roll back."""


class RolloutError(Exception):
    """A release cannot be deployed, or cannot be rolled back; the message says what was changed, if anything."""
