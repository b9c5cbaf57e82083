"""Pages made from what is synthesized: architecture, cost, coverage, parity, permissions, runbooks, scaling."""
