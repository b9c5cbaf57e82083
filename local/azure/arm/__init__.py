"""Resource Manager (``management.azure.com``): resources by their ids, and the providers that answer for them."""
