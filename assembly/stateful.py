"""Resource types that hold state, of all clouds: ``stateful.yaml`` says what is lost when one of them is deleted."""

from collections.abc import Mapping
from pathlib import Path

import yaml

STATEFUL: Mapping[str, str] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
# The values between CDN and load balancer are random and renewed by schedule: nothing is lost with them. Anybody can
# choose the place in the code that says so: it counts for secrets alone.
_RECREATED = {"OriginSecrets"}
_SECRETS = "secret"


def holds_state(kind: str, path: str) -> bool:
    """Return whether something is lost with a resource.

    Args:
        kind: its type.
        path: where it stands in the construct tree of its stack.
    """
    is_recreated = _SECRETS in kind.lower() and bool(_RECREATED & set(path.split("/")[:-1]))
    return kind in STATEFUL and not is_recreated
