"""Deploys by Terraform's real providers to an embedded cloud behind the proxy: what is the same on each such cloud."""
