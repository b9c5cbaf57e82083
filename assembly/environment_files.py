"""Files of the environments: the names of those that there are."""

import re
from collections.abc import Sequence

from assembly.revisions import CHECKOUT

FOLDER = CHECKOUT / "environments"
# A copy that an editor left beside a file has another name.
_NAME = re.compile(r"[a-z][a-z0-9-]*")


def environment_names() -> Sequence[str]:
    """Return the names of the environments, sorted."""
    names = (path.stem for path in FOLDER.glob("*.yaml"))
    return sorted(name for name in names if _NAME.fullmatch(name) and name != "policy")
