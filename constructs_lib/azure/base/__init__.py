"""What all other folders build on: resource groups, vaults, keys, logs."""
