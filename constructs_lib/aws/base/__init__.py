"""Constructs that all others rest on: keys, log groups, packaging, suppressions."""
