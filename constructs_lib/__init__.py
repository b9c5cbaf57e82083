"""Constructs that environments consist of, one folder per cloud and one file per concern."""
