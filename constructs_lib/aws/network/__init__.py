"""VPC and DNS."""
