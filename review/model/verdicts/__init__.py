"""Rows that say which change of which setting is a danger, and which is harmless: a file per cloud."""
