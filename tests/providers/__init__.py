"""Deploys with Terraform's real providers: ``pytest tests/providers --providers <mirror> --charts <folder>``."""
