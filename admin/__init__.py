"""Commands that a person runs against a real account or project: preflight, bootstrap, checks, passwords, releases."""

import errors  # noqa: F401 - first of all imports, so that Ctrl-C during the others ends in one line
