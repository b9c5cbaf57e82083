"""Comparison of two sides: what differs, and what the cloud would do about it."""
