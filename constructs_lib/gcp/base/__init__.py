"""Constructs that all others rest on: keys, logs, workflows, PromQL."""
