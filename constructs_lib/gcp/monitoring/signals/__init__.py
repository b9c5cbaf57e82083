"""Signals of an environment, one file per part; each function returns a section of the dashboard and its alarms."""
