"""Kubernetes objects for every cloud; the differences between clouds are arguments."""
