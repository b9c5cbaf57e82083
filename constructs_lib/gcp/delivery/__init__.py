"""Constructs that releases come from: registry and pull access."""
