"""HTTPS proxy on loopback that answers for a cloud's names itself, and what every cloud behind it needs."""
