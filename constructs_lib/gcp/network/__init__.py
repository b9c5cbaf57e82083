"""VPC, firewall rules, DNS, private service access."""
