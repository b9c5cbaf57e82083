"""Tests of the preflight of Google Cloud."""
