"""Provider facts: what Terraform's providers know of the resource types in use, kept for where no provider is."""
