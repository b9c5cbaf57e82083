"""What is watched, one file per part of an environment; each returns sections for the dashboard and its alarms."""
