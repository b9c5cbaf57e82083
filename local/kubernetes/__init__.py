"""Emulated API server of a Kubernetes cluster: stores objects, runs no pods."""
