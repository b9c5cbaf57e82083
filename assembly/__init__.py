"""Synthesized output: written once per state of the sources, and read by everybody else through this package."""
