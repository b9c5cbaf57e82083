"""Constructs that all others use: keys, logs, workflows, PromQL."""
