"""Commands that a person runs against a real account or project: bootstrap, checks, passwords, patched releases."""
