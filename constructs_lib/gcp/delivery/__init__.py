"""Constructs that releases come from: registry and who may pull."""
