"""The embedded Azure: Terraform's real provider deploys the unchanged stacks onto APIs that run on this machine.

``cloud`` starts, stops and asks it; ``__main__`` is its process, with one module or package for each kind of API.
"""
