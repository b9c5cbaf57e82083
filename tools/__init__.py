"""Development tools: benchmark, lints, equality check, arguments of make, provider facts."""

import errors  # noqa: F401 - first of all imports, so that Ctrl-C during the others ends in one line
