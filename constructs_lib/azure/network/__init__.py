"""Virtual networks, network security groups, DNS, private endpoints."""
