"""Clock of an embedded cloud: the machine's, and what its owner has moved it forward."""

import datetime

from local.proxy.store import Store

_SPACE = "clock"
_AHEAD = "seconds ahead"


def time(store: Store) -> datetime.datetime:
    """Return the time of the emulator."""
    ahead = store.documents(_SPACE).get(_AHEAD) or 0
    return datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=ahead)


def move(store: Store, *, seconds: float) -> datetime.datetime:
    """Move the clock forward, and return its time: what a cloud keeps for a week is gone after a week."""
    own = store.documents(_SPACE)
    own.put(_AHEAD, (own.get(_AHEAD) or 0) + seconds)
    return time(store)
