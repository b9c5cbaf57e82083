"""Constructs of a project: audit, compliance, detection, budgets, tickets, reviews."""
