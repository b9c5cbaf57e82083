"""What Terraform's providers know of their resource types, for whoever has no provider at hand."""
