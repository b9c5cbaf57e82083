"""Constructs that the internet sees: CDN and WAF."""
