"""Judgement of changes: dangers, approvals, costs."""
