"""Pages made from what is synthesized: architecture, cost, coverage, parity, permissions, runbooks, scaling."""

import errors  # noqa: F401 - first of all imports, so that Ctrl-C during the others ends in one line
