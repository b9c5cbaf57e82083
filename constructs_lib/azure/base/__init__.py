"""Resource groups, vaults, keys and logs, on which all other folders build."""
