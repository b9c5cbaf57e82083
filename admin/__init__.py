"""Commands that a person runs against a real account or project: preflight, bootstrap, checks, passwords, releases."""
