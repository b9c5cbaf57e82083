"""Data plane of Key Vault (``<name>.vault.azure.net``): keys, secrets, and the contacts of certificates."""
