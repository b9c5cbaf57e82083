"""Signals of a running environment, for all clouds."""
