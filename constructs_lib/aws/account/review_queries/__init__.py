"""Queries of the reviews, a file per subject."""
