"""Roles: what each allows, which the caller holds, and the check of each request."""
