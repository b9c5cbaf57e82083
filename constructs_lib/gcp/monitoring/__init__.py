"""Alarms, dashboards, their receivers, and the check from outside."""
