"""Constructs that face the internet: CDN and WAF."""
