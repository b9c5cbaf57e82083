"""Secrets of an environment."""
