"""The objects that GKE and AKS share, each written once; what only one of them knows comes in as an argument."""
