"""Simulates a day of the service under the scaling policies of a synthesized template, and draws it."""
