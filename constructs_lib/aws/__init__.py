"""Constructs on AWS: base, network, data, service, edge, monitoring, delivery, account; each imports earlier ones."""
