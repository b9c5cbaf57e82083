"""Renderings of a report: terminal, comment, page, JSON."""
