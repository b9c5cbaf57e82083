"""Constructs that the internet sees: load balancer, CDN, Cloud Armor, certificate."""
