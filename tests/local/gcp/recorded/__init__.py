"""Requests of Terraform's providers to the embedded Google Cloud, as recorded, and tests that send them again."""
