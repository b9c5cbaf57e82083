"""The Deployment on GKE with its cluster, endpoints, scaling and rollback."""
