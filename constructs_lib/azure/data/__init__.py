"""Storage, archive and secrets of an environment."""
