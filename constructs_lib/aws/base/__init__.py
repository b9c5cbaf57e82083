"""Constructs that all others use: keys, log groups, packaging, suppressions."""
