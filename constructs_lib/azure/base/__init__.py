"""Resource groups, vaults, keys, storage accounts and logs, on which all other folders build."""
