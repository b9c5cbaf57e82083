"""The embedded cloud: the real CDK CLI deploys the unchanged templates onto an AWS that runs on this machine.

``cloud`` starts, stops and asks it, ``emulator`` runs inside its process, ``deployment`` is ``make deploy``.
"""

import errors  # noqa: F401 - first of all imports, so that Ctrl-C during the others ends in one line
