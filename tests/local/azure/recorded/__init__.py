"""Requests of azurerm to the embedded Azure, recorded at a deploy of the stacks and replayed without the provider."""
