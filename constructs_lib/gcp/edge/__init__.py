"""Constructs that face the internet: load balancer, CDN, Cloud Armor, certificate."""
