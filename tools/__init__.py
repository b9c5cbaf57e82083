"""Development tools: benchmark, lints, equality check, arguments of make, provider facts."""
