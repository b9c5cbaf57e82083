"""Signals of an environment, a file per part; each function returns a section of the dashboard and its alarms."""
