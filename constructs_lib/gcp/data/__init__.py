"""Constructs that hold state: database, cache, buckets, secrets, backups."""
