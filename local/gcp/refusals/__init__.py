"""Refusals: rules that Google's APIs have beyond the discovery documents, each with its source.

Each is a file of its own, data where it can be data, and a row of docs/clouds/gcp.md.
"""
