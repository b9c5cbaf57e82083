"""Constructs of an account: audit, compliance, detection, budgets, tickets, reviews."""
