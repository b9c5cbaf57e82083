"""Readers of both sides of a review."""
